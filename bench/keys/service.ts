// node service.ts bronze|silver: the service of that layer, for the pipelines of this folder.
import { runLayerService } from '@medallion/host';
import { KEYS_PLANS } from './pipelines.ts';

const layer = process.argv[2] === 'bronze' ? 'bronze' : 'silver';
await runLayerService(layer === 'bronze' ? 'bronze-ingest' : 'silver-enrich', layer, async (name) => {
  const plan = KEYS_PLANS.get(name);
  if (plan === undefined) throw new Error(`no plan ${name}`);
  return plan;
});
