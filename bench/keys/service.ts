// node service.ts bronze|silver|gold: the service of that layer, for the pipelines of this folder.
import { runLayerService } from '@medallion/host';
import type { Layer } from '@medallion/pipeline';
import { KEYS_PLANS } from './pipelines.ts';

const SERVICES: ReadonlyMap<string, readonly [name: string, layer: Layer]> = new Map([
  ['bronze', ['bronze-ingest', 'bronze']],
  ['silver', ['silver-enrich', 'silver']],
  ['gold', ['gold-aggregate', 'gold']],
]);

const service = SERVICES.get(process.argv[2] ?? '');
if (service === undefined) throw new Error(`usage: node service.ts ${[...SERVICES.keys()].join('|')}`);
await runLayerService(...service, async (name) => {
  const plan = KEYS_PLANS.get(name);
  if (plan === undefined) throw new Error(`no plan ${name}`);
  return plan;
});
