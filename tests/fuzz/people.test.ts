import { fuzzTest } from './engine/fuzz-test.ts';
import { cli } from './entrances/cli.ts';
import { configuration } from './entrances/configuration.ts';
import { expressions } from './entrances/expressions.ts';
import { http } from './entrances/http.ts';

for (const entrance of [http, configuration, expressions, cli]) fuzzTest(entrance);
