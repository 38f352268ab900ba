import type { Look, Violation } from '@medallion/testkit';
import type { Fields } from '../../oracle/stream.ts';
import { rowsOf } from '../../oracle/table-rows.ts';
import { diffTables } from '../../support/diff.ts';
import { type FirstOf, firsts } from '../first-of.ts';
import { placeAt } from '../placed.ts';
import { sortedDifferences } from '../sorted-differences.ts';
import { type ReachedChanges, reachedChanges } from './reached-changes.ts';
import { belowLeases, streamCountDifferences } from './stream-counts.ts';
import type { StreamRows } from './stream-rows.ts';

/** What gold holds of a stream's table by key, compared with a batch run over what is below the leases. */
export type StreamInGold = {
  readonly violations: readonly Violation[];
  /** The rows that the table has to have; null where a change is there in part, as nobody can say then what it is. */
  readonly expected: readonly Fields[] | null;
};

export function streamInGold(look: Look, rows: StreamRows): StreamInGold {
  const { stream } = rows;
  const violations: Violation[] = [];
  const add = (invariant: string, lines: readonly string[]): void =>
    void violations.push(...lines.map((what) => ({ invariant, what })));
  const reached = reachedChanges(look, rows);
  add('I4 counts', streamCountDifferences(look, rows, reached));
  add('G3 refused changes', refusedDifferences(look, rows, reached));
  if (!reached.every(({ isWhole }) => isWhole)) return { violations, expected: null };
  const changes = reached.flatMap((each) => each.changes.map(({ change }) => change));
  const expected = rowsOf(stream, changes);
  const key = stream.storedAs === 1 ? stream.keys : [...stream.keys, '__START_AT'];
  add('I2 tables', diffTables(stream.table, expected, look.database.rows(stream.table), key));
  return { violations, expected };
}

/** Changes that Postgres refused: those that must be, each by its place in the changelog, and nothing else. */
function refusedDifferences({ database }: Look, { stream }: StreamRows, reached: readonly ReachedChanges[]) {
  const found = database.quarantined.filter(({ table, outcome }) => table === stream.table && outcome === 'unstorable');
  return sortedDifferences(
    `${stream.table}: changes that Postgres refused`,
    reached.flatMap(({ partition, refused }) => refused.map((offset) => `${partition}:${offset}`)),
    found.map(placeAt),
  );
}

/** The traces of a stream that gold has processed, by table; a table by key refuses nothing that its rules let pass. */
export function tracesBelow(look: Look, rows: StreamRows): Readonly<Record<string, FirstOf>> {
  const { bronze, clean } = belowLeases(look, rows);
  return { [rows.stream.bronze]: firsts(bronze.traces), [rows.stream.clean]: firsts(clean.traces) };
}
