import type { Look } from '@medallion/testkit';
import type { FirstOf } from './first-of.ts';

/** Traces that count, of each table, and whether a row for each is in Postgres, with nothing beside but what Postgres refused. */
export function quarantineDifferences(
  { database }: Pick<Look, 'database'>,
  traces: Readonly<Record<string, FirstOf>>,
): readonly string[] {
  const wanted = new Set(Object.entries(traces).flatMap(([table, of]) => [...of.keys()].map((at) => `${table} ${at}`)));
  const traced = database.quarantined.filter(({ outcome }) => outcome !== 'unstorable');
  const found = new Set(traced.map(({ table, partition, offset }) => `${table} ${partition}:${offset}`));
  return [
    ...[...wanted.difference(found)].map((row) => `${row} is not in quarantine, and its trace is before the lease`),
    ...[...found.difference(wanted)].map((row) => `${row} is in quarantine, and left no trace before the lease`),
  ];
}
