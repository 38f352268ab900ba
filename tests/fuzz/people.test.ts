import { fuzzTest } from './engine/fuzz-test.ts';
import { cli } from './entrances/cli.ts';
import { configuration } from './entrances/configuration.ts';
import { expressions } from './entrances/expressions.ts';

for (const entrance of [configuration, expressions, cli]) fuzzTest(entrance);
