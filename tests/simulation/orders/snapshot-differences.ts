import type { KeyedTablePlan } from '@medallion/pipeline';
import type { Look } from '@medallion/testkit';
import { digits, type Fields, text } from '../../oracle/stream.ts';
import { diffTables } from '../../support/diff.ts';
import { ROWS_PER_FILE } from '../behind-checkpoint.ts';
import type { Sent } from '../draw.ts';
import type { CustomerHistory } from './customer-history.ts';

/** A state of all customers, as the log of files names it. */
type Snapshot = {
  readonly entry: number;
  readonly rows: readonly Sent[];
  /** Another file has taken its place, so it may be passed over (N3). */
  readonly isSuperseded: boolean;
};

/** Whether the changelog makes the customers what each snapshot says, in the order of the log of files (N1 to N5). */
export function snapshotDifferences(look: Look, table: KeyedTablePlan, history: CustomerHistory): readonly string[] {
  const snapshots = new Map(snapshotsOf(look, table).map((snapshot) => [snapshot.entry, snapshot]));
  const lines: string[] = [];
  let current: { readonly entry: number; readonly before: readonly Fields[] } = { entry: -1, before: [] };
  let settled = 0;
  for (const record of history.records) {
    if ('id' in record) {
      const entry = Math.floor(record.from / ROWS_PER_FILE);
      if (current.entry !== entry) current = { entry, before: history.table(record.offset) };
      continue;
    }
    if (record.settled <= settled) continue;
    const entry = record.settled - 1;
    for (let passed = settled; passed < entry; passed++)
      if (snapshots.get(passed)?.isSuperseded === false) lines.push(`the snapshot of entry ${passed} was passed over`);
    const table = history.table(record.offset);
    const snapshot = snapshots.get(entry);
    if (snapshot === undefined) lines.push(`entry ${entry} names no snapshot, and is settled`);
    else {
      const before = current.entry === entry ? current.before : table;
      lines.push(...diffTables(`after entry ${entry}`, applied(snapshot.rows, before), table, ['customer_id']));
    }
    settled = record.settled;
  }
  return lines;
}

/** Those that are named, each version of a file where it is named first; one that is named twice in a row counts once. */
function snapshotsOf({ cluster, scenario }: Look, { flow: { source } }: KeyedTablePlan): readonly Snapshot[] {
  if (source.kind !== 'snapshot') throw new Error('customers are read from snapshots');
  const now = cluster.now();
  // In the order in which they land, each is another version.
  const files = (scenario.files ?? []).toSorted((a, b) => a.atMs - b.atMs);
  const last = new Map<string, string>();
  return (cluster.topic(source.filesTopic)?.[0]?.archive ?? []).flatMap(({ offset, value }): readonly Snapshot[] => {
    const { path, version } = JSON.parse(String(value)) as { readonly path: string; readonly version: string };
    if (last.get(path) === version) return [];
    last.set(path, version);
    const place = Number(version.slice(1));
    const isSuperseded = files.some((file, i) => i > place && file.path === path && file.atMs <= now);
    return [{ entry: offset, rows: files[place]!.rows ?? [], isSuperseded }];
  });
}

/** The customers after a snapshot: those that it has, but where a row is refused, what was known of its customer stays. */
function applied(rows: readonly Sent[], before: readonly Fields[]): readonly Fields[] {
  // Of what cannot be read to its end nothing counts.
  if (rows.some((row) => typeof row === 'string')) return before;
  const after = new Map<number, Fields>();
  for (const row of rows as readonly Readonly<Record<string, unknown>>[]) {
    const customer_id = digits(row.customer_id);
    if (customer_id === null || after.has(customer_id)) continue;
    const { customer_name, city, segment } = row;
    after.set(customer_id, {
      ...{ customer_id, customer_name: text(customer_name) },
      ...{ city: text(city), segment: text(segment) },
    });
  }
  return [...after.values()];
}
