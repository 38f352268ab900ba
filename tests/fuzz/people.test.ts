import { fuzzTest } from './engine/fuzz-test.ts';
import { cli } from './entrances/cli.ts';
import { configuration } from './entrances/configuration.ts';
import { csvExport } from './entrances/csv-export.ts';
import { expressions } from './entrances/expressions.ts';
import { oidcCallback } from './entrances/oidc-callback.ts';

for (const entrance of [configuration, expressions, csvExport, cli]) fuzzTest(entrance);
/** One of the addresses among the 2,000 requests, of which each asks an issuer. */
fuzzTest(oidcCallback, { cases: 200 });
