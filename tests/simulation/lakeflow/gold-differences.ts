import type { Look, Violation } from '@medallion/testkit';
import type { Fields } from '../../oracle/lakeflow-streams.ts';
import { CUSTOMER_ORDERS_KEY, customerOrders, rowsOf } from '../../oracle/lakeflow-tables.ts';
import { diffTables } from '../../support/diff.ts';
import type { FirstOf } from '../first-of.ts';
import { type Placed, placeAt } from '../placed.ts';
import { quarantineDifferences } from '../quarantine-rows.ts';
import { sortedDifferences } from '../sorted-differences.ts';
import { belowLeases, countDifferences } from './count-differences.ts';
import { type ReachedChanges, reachedChanges } from './reached-changes.ts';
import type { StreamRows } from './stream-rows.ts';

/** What gold holds of each table, and of the view over them, that a batch run over what is below the leases does not. */
export function goldDifferences(look: Look, all: readonly StreamRows[]): readonly Violation[] {
  const { database } = look;
  const violations: Violation[] = [];
  const add = (invariant: string, lines: readonly string[]): void =>
    void violations.push(...lines.map((what) => ({ invariant, what })));
  const tables = new Map<string, readonly Fields[]>();
  for (const rows of all) {
    const { stream } = rows;
    const reached = reachedChanges(look, rows);
    add('I4 counts', countDifferences(look, rows, reached));
    add('G3 refused changes', refusedDifferences(look, rows, reached));
    // Of a change that is there in part nobody can say what the table is.
    if (!reached.every(({ isWhole }) => isWhole)) continue;
    const changes = reached.flatMap((each) => each.changes.map(({ change }) => change));
    const expected = rowsOf(stream, changes);
    const key = stream.storedAs === 1 ? stream.keys : [...stream.keys, '__START_AT'];
    add('I2 tables', diffTables(stream.table, expected, database.rows(stream.table), key));
    tables.set(stream.table, expected);
  }
  const [customers, addresses, orders] = all.map(({ stream }) => tables.get(stream.table));
  if (customers !== undefined && addresses !== undefined && orders !== undefined) {
    const expected = customerOrders({ customers, addresses, orders });
    const found = database.rows('gold_customer_orders');
    add('I2 view', diffTables('gold_customer_orders', expected, found, CUSTOMER_ORDERS_KEY));
  }
  add('I4 quarantine', quarantineDifferences(look, tracesBelow(look, all)));
  return violations;
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

/** The traces of all streaming tables that gold has processed; tables by key refuse nothing that their rules let pass. */
function tracesBelow(look: Look, all: readonly StreamRows[]): Readonly<Record<string, FirstOf>> {
  const firstOf = (made: readonly Placed[]): FirstOf => new Map(made.map(({ from, offset }) => [from, offset]));
  return Object.fromEntries(
    all.flatMap((rows) => {
      const { bronze, clean } = belowLeases(look, rows);
      return [
        [rows.stream.bronze, firstOf(bronze.traces)],
        [rows.stream.clean, firstOf(clean.traces)],
      ];
    }),
  );
}
