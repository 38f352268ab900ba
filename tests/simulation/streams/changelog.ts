import type { KeyedTablePlan } from '@medallion/pipeline';
import { CHANGELOG_HEADER } from '@medallion/runtime';
import type { SimCluster } from '@medallion/testkit';
import { isStorable } from '../../oracle/table-rows.ts';

/** What a partition of a changelog says below an offset. */
export type ChangelogReach = {
  /** Its last ledger: all of the input before this offset is settled. */
  readonly settled: number;
  /** The last record of the input of which a change stands; -1 for none. */
  readonly changedBy: number;
  /** Whether all records of its last change are there. */
  readonly isWhole: boolean;
  /** Places at which a ledger says less than one before it. */
  readonly wentBack: readonly string[];
  /** The offsets of changes that Postgres refuses. */
  readonly refused: readonly number[];
};

/** Reads a partition of a changelog below an offset, by what it has to hold (K1, K6, L1, L2). */
export function reachOf(
  cluster: SimCluster,
  { changelogTopic: topic, flow }: KeyedTablePlan,
  partition: number,
  below: number,
): ChangelogReach {
  let settled = 0;
  let changedBy = -1;
  let isWhole = true;
  const wentBack: string[] = [];
  const refused: number[] = [];
  for (const { offset, key, headers, value } of (cluster.topic(topic)?.[partition]?.archive ?? []).slice(0, below)) {
    // What its writer did not expect to stand here does not count.
    if (String(headers.src) !== `${flow.name}:${partition}:${offset}:0`) continue;
    if (headers[CHANGELOG_HEADER.ledger] !== undefined) {
      const next: number = JSON.parse(String(value)).n;
      if (next < settled) wentBack.push(`${topic}[${partition}] offset ${offset}: from ${settled} to ${next}`);
      settled = next;
      continue;
    }
    isWhole = headers[CHANGELOG_HEADER.more] === undefined;
    const from = headers[CHANGELOG_HEADER.from];
    if (!isStorable(String(key))) refused.push(offset);
    if (from !== undefined) changedBy = Math.max(changedBy, Number(String(from).split(':')[2]));
  }
  return { settled, changedBy, isWhole, wentBack, refused };
}
