import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { allSettings, toolVariables } from '../libs/service/src/index.ts';
import { dashboardSettings } from '../services/dashboard/src/settings.ts';

const root = join(import.meta.dirname, '..');

test('every MEDALLION_ variable that some part reads is known to the services, else it would stop their start', () => {
  const sources = globSync('{libs,pipelines,services,scripts,bench,tests}/**/*.{ts,mjs}', {
    cwd: root,
    exclude: (path) => path.includes('node_modules'),
  });
  assert.ok(sources.length > 50);
  const known = new Set<string>([...toolVariables, ...Object.keys(allSettings), ...Object.keys(dashboardSettings)]);
  for (const path of sources) {
    const read = readFileSync(join(root, path), 'utf8').matchAll(
      /env\.(MEDALLION_[A-Z_]+)|env\['(MEDALLION_[A-Z_]+)'\]/g,
    );
    for (const [, dotted, quoted] of read)
      assert.ok(known.has(dotted ?? quoted ?? ''), `${dotted ?? quoted} in ${path}`);
  }
});
