import { writeFileSync } from 'node:fs';
import {
  engineSettings,
  fileSettings,
  serviceSettings,
  settingsDoc,
  storeSettings,
} from '../libs/service/src/index.ts';
import { dashboardSettings } from '../services/dashboard/src/settings.ts';

/** Where the page is kept. */
export const CONFIGURATION_DOC = new URL('../docs/configuration.md', import.meta.url);

/** The page of all settings of the services. */
export function configurationDoc(): string {
  return [
    '# Configuration',
    '',
    'Generated from `libs/service/src/standard-settings.ts` and `services/dashboard/src/settings.ts` by',
    '`node scripts/generate-configuration-doc.ts`.',
    '',
    'The services are configured by environment variables. An empty variable counts as not set. Every problem is',
    'reported at the start, all at once, with exit code 2: wrong and missing values, unknown names that begin with',
    '`MEDALLION_`, and names that are almost one of those below. A secret can come from a file: set the variable with',
    '`_FILE` to its path.',
    '',
    '## bronze-ingest, silver-enrich, gold-aggregate',
    '',
    settingsDoc(engineSettings),
    '',
    '## bronze-ingest alone',
    '',
    settingsDoc(fileSettings),
    '',
    '## gold-aggregate alone',
    '',
    settingsDoc(storeSettings),
    '',
    '## dashboard',
    '',
    settingsDoc(dashboardSettings),
    '',
    '## Every service',
    '',
    settingsDoc(serviceSettings),
    '',
  ].join('\n');
}

if (import.meta.main) writeFileSync(CONFIGURATION_DOC, configurationDoc());
