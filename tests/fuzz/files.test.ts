import { fuzzTest } from './engine/fuzz-test.ts';
import { parquetFiles } from './entrances/parquet-files.ts';
import { csvFiles, jsonFiles, jsonLinesFiles } from './entrances/text-files.ts';

for (const entrance of [jsonLinesFiles, jsonFiles, csvFiles, parquetFiles]) fuzzTest(entrance);
