import type { Look, Violation } from '@medallion/testkit';
import { type ChangeByKey, outcomesOf } from '../../oracle/changes-by-key.ts';
import { changeOf, type Fields } from '../../oracle/lakeflow-streams.ts';
import { CUSTOMER_ORDERS_KEY, customerOrders, rowsOf } from '../../oracle/lakeflow-tables.ts';
import { diffTables } from '../../support/diff.ts';
import { placeAt } from '../placed.ts';
import { type ChangelogReach, reachOf } from './changelog.ts';
import type { StreamRows } from './stream-rows.ts';

/** The changes of a stream that a partition of its table's changelog tells of below its lease. */
type Reached = ChangelogReach & {
  readonly partition: number;
  /** In the order in which they were applied, with their offsets in the clean table. */
  readonly changes: readonly { readonly offset: number; readonly change: ChangeByKey<Fields> }[];
};

/** What gold holds of each table, and of the view over them, that a batch run over the changes below the leases does not. */
export function goldDifferences(look: Look, all: readonly StreamRows[]): readonly Violation[] {
  const { database } = look;
  const violations: Violation[] = [];
  const add = (invariant: string, lines: readonly string[]): void =>
    void violations.push(...lines.map((what) => ({ invariant, what })));
  const tables = new Map<string, readonly Fields[]>();
  for (const rows of all) {
    const { stream } = rows;
    const found = database.rows(stream.table);
    const reached = reachedIn(look, rows);
    add('I4 counts', countDifferences(look, rows, reached));
    // Of a change that is there in part nobody can say what the table is.
    if (!reached.every(({ isWhole }) => isWhole)) continue;
    const expected = rowsOf(
      stream,
      reached.flatMap(({ changes }) => changes.map(({ change }) => change)),
    );
    const key = stream.storedAs === 1 ? stream.keys : [...stream.keys, '__START_AT'];
    add('I2 tables', diffTables(stream.table, expected, found, key));
    tables.set(stream.table, expected);
  }
  const [customers, addresses, orders] = all.map(({ stream }) => tables.get(stream.table));
  if (customers !== undefined && addresses !== undefined && orders !== undefined) {
    const expected = customerOrders({ customers, addresses, orders });
    const found = database.rows('gold_customer_orders');
    add('I2 view', diffTables('gold_customer_orders', expected, found, CUSTOMER_ORDERS_KEY));
  }
  return violations;
}

function reachedIn({ cluster, database }: Look, { stream, tablePlan, clean, rawOf, byPlace }: StreamRows) {
  const changes = clean.rows
    .toSorted((a, b) => a.offset - b.offset)
    .flatMap((row) => {
      const fields = byPlace.get(rawOf(row.from))?.fields;
      return fields === undefined || fields === null ? [] : [{ ...row, change: changeOf(stream, fields) }];
    });
  return (cluster.topic(tablePlan.changelogTopic) ?? []).map((_, partition): Reached => {
    const at = placeAt({ partition, offset: 0 }).split(':')[0];
    const lease = database.leases.find(
      (each) => each.topic === tablePlan.changelogTopic && String(each.partition) === at,
    );
    const reach = reachOf(cluster, tablePlan, partition, lease?.next ?? 0);
    const mine = changes.filter((each) => each.partition === partition);
    return {
      ...reach,
      partition,
      changes: mine.filter(({ offset }) => offset < reach.settled || offset <= reach.changedBy),
    };
  });
}

/** What the flow has counted of the changes up to its last ledger below the lease (L1, L4). */
function countDifferences({ database }: Look, { stream }: StreamRows, reached: readonly Reached[]): readonly string[] {
  return reached.flatMap(({ partition, settled, changes }) => {
    const counted = changes.filter(({ offset }) => offset < settled).map(({ change }) => change);
    const wanted = new Map<string, number>();
    for (const outcome of outcomesOf(counted, stream.storedAs)) wanted.set(outcome, (wanted.get(outcome) ?? 0) + 1);
    if (counted.length > 0) wanted.set('read', counted.length);
    const found = new Map<string, number>(
      database.counts.flatMap((count) =>
        count.kind === 'records' && count.table === stream.table && count.partition === partition
          ? [[count.outcome, count.records] as const]
          : [],
      ),
    );
    return [...new Set([...wanted.keys(), ...found.keys()])].flatMap((outcome) =>
      wanted.get(outcome) === found.get(outcome)
        ? []
        : [
            `${stream.table}[${partition}] ${outcome}: expected ${wanted.get(outcome) ?? 0}, found ${found.get(outcome) ?? 0}`,
          ],
    );
  });
}
