// node pipelines/orders-streaming/update-snapshot.ts: writes down what the pipeline is now; the diff is for the reviewer.
import { writeFileSync } from 'node:fs';
import { describe } from '@medallion/pipeline';
import plan from './pipeline.ts';

writeFileSync(new URL('describe.snap.txt', import.meta.url), describe(plan));
