import { runLayerService } from '@medallion/host';
import { filesPipeline } from './files-pipeline.ts';

// bronze-ingest as it is, on the pipeline of the files test.
await runLayerService('bronze-ingest', 'bronze', async (name) => filesPipeline(name));
