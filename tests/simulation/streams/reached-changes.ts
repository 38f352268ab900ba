import type { Look } from '@medallion/testkit';
import type { ChangeByKey } from '../../oracle/changes-by-key.ts';
import { changeOf, type Fields } from '../../oracle/stream.ts';
import { type ChangelogReach, reachOf } from './changelog.ts';
import type { StreamRows } from './stream-rows.ts';

/** The changes of a stream that a partition of its table's changelog tells of below its lease. */
export type ReachedChanges = ChangelogReach & {
  readonly partition: number;
  /** In the order in which they were applied, with their offsets in the clean table. */
  readonly changes: readonly { readonly offset: number; readonly change: ChangeByKey<Fields> }[];
};

export function reachedChanges({ cluster, database }: Look, rows: StreamRows): readonly ReachedChanges[] {
  const { stream, tablePlan, clean, rawOf, byPlace } = rows;
  const all = clean.rows
    .toSorted((a, b) => a.offset - b.offset)
    .flatMap((row) => {
      const fields = byPlace.get(rawOf(row.from))?.fields;
      return fields === undefined || fields === null ? [] : [{ ...row, change: changeOf(stream, fields) }];
    });
  const { changelogTopic } = tablePlan;
  const leases = database.leases.filter(({ topic }) => topic === changelogTopic);
  return (cluster.topic(changelogTopic) ?? []).map((_, partition): ReachedChanges => {
    const lease = leases.find((each) => each.partition === partition);
    const reach = reachOf(cluster, tablePlan, partition, lease?.next ?? 0);
    // What came between the last ledger and the last change that stands had no effect, or is in it.
    const changes = all.filter(
      (each) => each.partition === partition && (each.offset < reach.settled || each.offset <= reach.changedBy),
    );
    return { ...reach, partition, changes };
  });
}
