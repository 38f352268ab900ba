import { fuzzTest } from './engine/fuzz-test.ts';
import { avroValues, schemaIds } from './entrances/avro-values.ts';
import { jsonValues } from './entrances/json-values.ts';
import { recordBatches } from './entrances/record-batches.ts';

for (const entrance of [recordBatches, jsonValues, avroValues, schemaIds]) fuzzTest(entrance);
