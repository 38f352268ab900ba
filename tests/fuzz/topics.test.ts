import { fuzzTest } from './engine/fuzz-test.ts';
import { checkpoints, controlTopics } from './entrances/control-records.ts';
import { internalTopics, keys } from './entrances/internal-topics.ts';

for (const entrance of [internalTopics, keys, checkpoints, controlTopics]) fuzzTest(entrance);
