import { createRegistryCodecs } from '@medallion/kafka';
import { type MaterializedViewPlan, streamingTables } from '@medallion/pipeline';
import { createViewRebuild } from '@medallion/postgres';
import { missingText, rebuildView } from '@medallion/runtime';
import { type Answer, EXIT, fine, type Surroundings } from './answer.ts';
import type { RefreshRequest } from './commands/refresh.ts';
import { databaseUrlOf, registryOf, withAdmin, withLog } from './connect.ts';

/** Builds a windowed view anew beside the gold service; without `full`, says what there is to read. */
export async function refreshWindows(
  request: RefreshRequest,
  view: MaterializedViewPlan,
  around: Surroundings,
): Promise<Answer> {
  if (!request.full) return look(request, view, around);
  const { plan, allowLoss, withLate } = request;
  const databaseUrl = databaseUrlOf(around);
  const started = performance.now();
  const done = await withAdmin(around, async (parts) => {
    const rebuild = await createViewRebuild({ databaseUrl, plan, view });
    try {
      return await rebuildView({
        ...{ ...parts, plan, view, rebuild, allowLoss, withLate },
        codecs: createRegistryCodecs(registryOf(around)),
        progress: (read, left) => around.json || around.say(`${read} records read, ${left} left\n`),
      });
    } finally {
      await rebuild.close();
    }
  });
  const seconds = (performance.now() - started) / 1_000;
  return fine({ pipeline: plan.name, table: view.name, seconds, ...done }, [
    `${view.name}: ${done.records} records read again in ${seconds.toFixed(1)} s; ${done.written} rows were others or new, ${done.removed} went`,
    ...(done.missing.length === 0 ? [] : [`lost: ${missingText(done.missing)}`]),
    ...(done.mode === 'built' ? ['start gold-aggregate, by this declaration'] : []),
  ]);
}

async function look({ plan }: RefreshRequest, view: MaterializedViewPlan, around: Surroundings): Promise<Answer> {
  const { topic } = streamingTables(plan).find(({ name }) => name === view.source)!;
  const ranges = (await withLog(around, (log) => log.partitions(topic))) ?? [];
  const missing = ranges.filter(({ low }) => low > 0).map(({ partition, low }) => ({ topic, partition, low }));
  const records = ranges.reduce((sum, { low, high }) => sum + high - low, 0);
  return {
    data: { pipeline: plan.name, table: view.name, topic, records, missing },
    lines: [
      `with --full ${view.name} is built anew from ${records} records of ${topic}, beside the gold service`,
      ...(missing.length === 0 ? [] : [`retention has removed ${missingText(missing)}: it needs --allow-loss`]),
    ],
    exit: EXIT.checksFailed,
  };
}
