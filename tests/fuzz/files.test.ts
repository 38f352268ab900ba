import { fuzzTest } from './engine/fuzz-test.ts';
import { csvFiles, jsonFiles, jsonLinesFiles } from './entrances/text-files.ts';

for (const entrance of [jsonLinesFiles, jsonFiles, csvFiles]) fuzzTest(entrance);
