import type { Look } from '@medallion/testkit';
import { BRONZE, type Expected, placeOf, SILVER } from '../../oracle/santa-oracle.ts';
import { sortedDifferences } from '../sorted-differences.ts';
import { type Made, partitionOf } from './santa-log.ts';

/** What each table has made below the leases, by the place of the raw record. */
type Found = Readonly<Record<string, Made>>;

/** Counts of what is below the leases, and the copy of bronze. */
export function countDifferences(
  expected: Expected,
  all: Expected,
  { database }: Look,
  found: Found,
): readonly string[] {
  const wanted = new Map<string, number>();
  const add = (table: string, partition: number, outcome: string): void => {
    const key = `${table} ${partition} ${outcome}`;
    wanted.set(key, (wanted.get(key) ?? 0) + 1);
  };
  const outcomes = new Map(all.quarantine.map((row) => [`${row.table} ${placeOf(row)}`, row.outcome]));
  for (const [table, { rows, traces }] of Object.entries(found)) {
    for (const place of rows.keys())
      add(table, partitionOf(place), table === SILVER && expected.unstorable.has(place) ? 'unstorable' : 'accepted');
    for (const place of traces.keys()) add(table, partitionOf(place), outcomes.get(`${table} ${place}`) ?? 'none');
  }
  for (const { table, partition, outcome, records } of expected.counts)
    if (table !== BRONZE && table !== SILVER) wanted.set(`${table} ${partition} ${outcome}`, records);
  const counts = new Map<string, number>(
    database.counts.flatMap((count) =>
      count.kind === 'records' ? [[`${count.table} ${count.partition} ${count.outcome}`, count.records] as const] : [],
    ),
  );
  const lines: string[] = [];
  for (const key of new Set([...wanted.keys(), ...counts.keys()]))
    if (wanted.get(key) !== counts.get(key))
      lines.push(`${key}: expected ${wanted.get(key) ?? 0}, found ${counts.get(key) ?? 0}`);
  const copied = database.copied(BRONZE).map((row) => `${row.source_partition}:${row.source_offset}`);
  lines.push(...sortedDifferences('copy of bronze', [...found[BRONZE]!.rows.keys()], copied));
  const { rows, traces } = found[SILVER]!;
  const stored = new Map([...rows].filter(([place]) => !expected.unstorable.has(place)));
  lines.push(...ruleDifferences({ rows: stored, traces }, all, database));
  return lines;
}

/** How often each rule of silver was judged, and broken. */
function ruleDifferences({ rows, traces }: Made, all: Expected, database: Look['database']): readonly string[] {
  const broken = new Map(
    all.quarantine.filter(({ table }) => table === SILVER).map((row) => [placeOf(row), row.rules]),
  );
  const wanted = new Map<string, number>();
  const add = (key: string): void => void wanted.set(key, (wanted.get(key) ?? 0) + 1);
  for (const place of [...rows.keys(), ...traces.keys()]) {
    const partition = partitionOf(place);
    add(`judged ${partition}`);
    for (const rule of broken.get(place) ?? []) add(`failed ${partition} ${rule}`);
  }
  return database.counts.flatMap((count) => {
    if (count.kind !== 'rule' || count.table !== SILVER) return [];
    const { partition, rule, judged, failed } = count;
    const expected = {
      judged: wanted.get(`judged ${partition}`) ?? 0,
      failed: wanted.get(`failed ${partition} ${rule}`) ?? 0,
    };
    return judged === expected.judged && failed === expected.failed
      ? []
      : [
          `rule ${rule}[${partition}]: expected ${JSON.stringify(expected)}, found ${JSON.stringify({ judged, failed })}`,
        ];
  });
}
