import { runLayerService } from '@medallion/host';

await runLayerService('silver-enrich', 'silver');
