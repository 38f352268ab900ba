import { runLayerService } from '@medallion/host';

await runLayerService('bronze-ingest', 'bronze');
