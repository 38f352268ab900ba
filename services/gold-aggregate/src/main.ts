import { runLayerService } from '@medallion/host';

await runLayerService('gold-aggregate', 'gold');
