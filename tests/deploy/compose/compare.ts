import type { RecordLog } from '@medallion/runtime';
import { santaOracle } from '../../oracle/santa-oracle.ts';
import { VIEWS } from '../../oracle/views.ts';
import { aheadOfLease, caughtUp } from '../../support/caught-up.ts';
import { diffTables } from '../../support/diff.ts';
import { type GoldDatabase, PIPELINE } from '../../support/gold-snapshot.ts';
import { auditLogs } from '../../support/log-audit.ts';
import { RAW_TOPIC } from '../../support/raw-topic.ts';
import { TopicReader, topicEnds } from '../../support/topic-reader.ts';
import { GOLD_INPUTS } from '../../support/topology.ts';
import { until } from '../../support/until.ts';
import { diffRaw, type Part } from './night.ts';

/** What was compared, and what is wrong (none: all is as the oracle says). */
export type Comparison = {
  readonly problems: readonly string[];
  readonly records: number;
  readonly goldRows: number;
  readonly finalRows: number;
};

/** How many records the topic of the generator has had. */
export const ends = async (log: RecordLog): Promise<number> =>
  (await topicEnds(log, RAW_TOPIC)).reduce((sum, end) => sum + end, 0);

/** Waits until all that was sent has reached gold, then compares every table with the oracle's answer for the raw topic. */
export async function compare(log: RecordLog, database: GoldDatabase, parts: readonly Part[]): Promise<Comparison> {
  const sent = parts.reduce((sum, { events }) => sum + events, 0);
  await until('the generator has sent everything', async () => (await ends(log)) >= sent || null, {
    timeoutMs: 120_000,
  });
  await caughtUp(log, database, { timeoutMs: 180_000 });

  const topics = await new TopicReader(log).all([RAW_TOPIC, ...GOLD_INPUTS]);
  const raw = topics.get(RAW_TOPIC)!;
  const partitions = (await topicEnds(log, RAW_TOPIC)).length;
  const expected = santaOracle(raw, { partitions, ingestedAt: Date.now() });
  await until(
    'the windows are closed',
    async () => ((await database.snapshot()).finalThrough >= expected.finalThrough ? true : null),
    { timeoutMs: 15_000 },
  ).catch(() => {}); // the comparison says it better
  const { gold, leases, finalThrough } = await database.snapshot();
  const watermarks = leases.filter(({ topic }) => topic === GOLD_INPUTS[2]);
  const counts = await database.query<Record<string, unknown>>(
    'SELECT table_name AS table, partition, outcome, records FROM medallion.table_counts WHERE pipeline = $1',
    [PIPELINE],
  );
  const lost = await database.query<{ table_name: string; partition: number; difference: number }>(
    'SELECT table_name, partition, difference FROM medallion.conservation WHERE pipeline = $1 AND difference <> 0',
    [PIPELINE],
  );
  const rows = [...gold.values()].flat();
  return {
    problems: [
      ...diffRaw(parts, raw, partitions),
      ...auditLogs(topics).problems,
      ...VIEWS.flatMap(({ name, groupBy }) =>
        diffTables(name, expected.gold.get(name)!, gold.get(name)!, ['window_start', ...groupBy], ['updated_at']),
      ),
      ...diffTables('table_counts', expected.counts, counts, ['table', 'partition', 'outcome']),
      ...diffTables(
        'watermarks',
        expected.watermarks.map((watermark, partition) => ({ partition, watermark })),
        watermarks.map(({ partition, watermark }) => ({ partition, watermark })),
        ['partition'],
      ),
      ...(finalThrough === expected.finalThrough
        ? []
        : [`final through ${finalThrough}, not ${expected.finalThrough}`]),
      ...lost.map((row) => `${row.table_name}[${row.partition}]: ${row.difference} records left no trace`),
      ...(await aheadOfLease(log, database)),
    ],
    records: raw.length,
    goldRows: rows.length,
    finalRows: rows.filter((row) => row.is_final === true).length,
  };
}
