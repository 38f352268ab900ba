import { GoldFlow } from '../gold/gold-flow.ts';
import { goldInputs } from '../gold/gold-input.ts';
import { groupOf } from '../gold/idleness.ts';
import type { LayerParts } from '../layer-parts.ts';
import type { RunningFlow } from '../supervise.ts';
import { ensurePipelineTopics } from '../topics.ts';
import { TracedGold } from '../tracing/traced-gold.ts';
import { running, subscribeTo } from './running.ts';

/** log → decode → windows → Postgres; see GoldFlow. */
export async function startGold(parts: LayerParts): Promise<RunningFlow> {
  const { plan, log, codecs, store, owner, clock, logger, metrics, progress, settings, tracer } = parts;
  if (store === undefined) throw new Error('invariant violated: the gold layer needs a table store');
  await ensurePipelineTopics(plan, log);
  await store.migrate(plan);
  const inputs = await goldInputs(plan, codecs, store);
  const group = groupOf(plan, 'gold');
  const traced = tracer === undefined ? null : new TracedGold({ tracer, plan, group, inputs });
  const handler = new GoldFlow(plan, {
    log,
    store: traced?.store(store) ?? store,
    inputs,
    owner,
    clock,
    logger,
    metrics: (table) => metrics.flow({ pipeline: plan.name, table }),
    progress: progress('gold'),
    idleTimeoutMs: settings.idleTimeoutMs,
    checkpointEveryMs: settings.checkpointEveryMs,
  });
  return running(
    log,
    subscribeTo(group, [...inputs.keys()], parts),
    traced?.handler(handler) ?? handler,
    async () => {},
    async (topic) =>
      // What the group says is advisory (I5), and may never be said; leases are what counts.
      new Map([...(await store.positions(topic))].map(([partition, offset]) => [partition, { offset, metadata: '' }])),
  );
}
