import type { Fault, InputFile, Scenario } from '@medallion/testkit';
import { lakeflowWorld } from '../lakeflow/lakeflow-world.ts';
import { quietScenario } from '../quiet-scenario.ts';

/** What has to come together for a defect to be seen that few runs show. In each all promises hold without it. */
export const SHOWN_BY: Readonly<Record<string, () => Scenario>> = {
  'state-of-before-a-rebalance-kept': handedOnAndBack,
  'records-of-before-a-reopening-processed': askedForBeforeTheStoreWentBack,
  'checkpoint-of-files-stored-once': checkpointOvertaken,
  'gap-of-retention-skipped': goneWhileGoldWasAway,
  'final-point-not-checked': finalMovedByAnother,
  'final-without-partitions-that-nobody-has-read': deadBeforeItsShare,
};

const gold = (slot: number) => ({ layer: 'gold' as const, slot });
const silver = (slot: number) => ({ layer: 'silver' as const, slot });
const BRONZE = 'santa-deliveries.bronze_santa_deliveries';

/** Of two members the first is lost, then the second: each has the other's partitions for a while. What came then comes again. */
function handedOnAndBack(): Scenario {
  const expel = (atMs: number): Fault => ({
    ...{ atMs, kind: 'expel', group: 'santa-deliveries.silver_santa_deliveries', member: 0 },
  });
  const quiet = quietScenario([22_000], [expel(12_000), expel(32_000)]);
  return {
    ...quiet,
    processes: [...quiet.processes, { ...silver(1), startMs: 2_000, skewMs: 0 }],
    records: [...quiet.records, ...quiet.records.map((record) => ({ ...record, atMs: record.atMs + 24_000 }))],
  };
}

/** A poll is under way while gold finds that the store has gone back; what it then brings is further on. */
function askedForBeforeTheStoreWentBack(): Scenario {
  const quiet = quietScenario([8_000, 34_000], [{ atMs: 7_900, kind: 'failover', lostMs: 5_000, downMs: 0 }]);
  return { ...quiet, settings: { ...quiet.settings, fetchWaitMs: 20_000 } };
}

/** A checkpoint arrives after a later one, and nothing more comes. */
function checkpointOvertaken(): Scenario {
  const late: Fault = {
    ...{ atMs: 8_000, kind: 'network', to: 'log', calls: 'checkpoint of lakeflow-customers.bronze_customers' },
    ...{ loss: 'late', share: 1, forMs: 6_000, delayMs: 90_000 },
  };
  const customer = { customer_id: 1, customer_name: 'Ann', operation: 'UPSERT', changed_at: '2026-12-24T10:00:00Z' };
  const files = [8_000, 20_000].map(
    (atMs, i): InputFile => ({
      ...{ atMs, path: `lakeflow-customers/customers/${i}.json`, settlesMs: 0 },
      rows: [{ ...customer, segment: String(i) }],
    }),
  );
  return { ...quietScenario([8_000], [late], lakeflowWorld), files };
}

/** What came while gold was down is gone when it is back. */
function goneWhileGoldWasAway(): Scenario {
  return quietScenario(
    [8_000, 40_000],
    [
      { atMs: 20_000, kind: 'kill', who: gold(0), downMs: 60_000 },
      { atMs: 60_000, kind: 'loss', topic: BRONZE, partition: 0 },
    ],
  );
}

/** One partition is idle; what is final moves on with the other, which another instance has; then the first wakes. */
function finalMovedByAnother(): Scenario {
  const quiet = quietScenario([8_000, 30_000, 30_000], []);
  const records = quiet.records.map((record) => (record.partition === 0 ? { ...record, atMs: 32_500 } : record));
  return {
    ...quiet,
    settings: { ...quiet.settings, tickMs: 4_000, idleTimeoutMs: 10_000 },
    processes: [...quiet.processes, { ...gold(1), startMs: 2_000, skewMs: 0 }],
    records,
  };
}

/** It is dealt a share after it has died. */
function deadBeforeItsShare(): Scenario {
  const quiet = quietScenario([6_000], [{ atMs: 2_000, kind: 'kill', who: gold(1), downMs: 30_000 }]);
  return {
    ...quiet,
    firstRebalanceMs: 3_000,
    processes: [...quiet.processes, { ...gold(1), startMs: 0, skewMs: 0 }],
  };
}
