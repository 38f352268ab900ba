import type { Look, Violation } from '@medallion/testkit';
import { CUSTOMER_ORDERS_KEY, customerOrders } from '../../oracle/lakeflow-tables.ts';
import type { Fields } from '../../oracle/stream.ts';
import { diffTables } from '../../support/diff.ts';
import { quarantineDifferences } from '../quarantine-rows.ts';
import { streamInGold, tracesBelow } from '../streams/stream-in-gold.ts';
import type { StreamRows } from '../streams/stream-rows.ts';

/** What gold holds of each table, and of the view over them, that a batch run over what is below the leases does not. */
export function goldDifferences(look: Look, all: readonly StreamRows[]): readonly Violation[] {
  const { database } = look;
  const violations: Violation[] = [];
  const add = (invariant: string, lines: readonly string[]): void =>
    void violations.push(...lines.map((what) => ({ invariant, what })));
  const tables = all.map((rows): readonly Fields[] | null => {
    const { violations: found, expected } = streamInGold(look, rows);
    violations.push(...found);
    return expected;
  });
  const [customers, addresses, orders] = tables;
  if (customers && addresses && orders) {
    const expected = customerOrders({ customers, addresses, orders });
    const found = database.rows('gold_customer_orders');
    add('I2 view', diffTables('gold_customer_orders', expected, found, CUSTOMER_ORDERS_KEY));
  }
  const traces = Object.assign({}, ...all.map((rows) => tracesBelow(look, rows)));
  add('I4 quarantine', quarantineDifferences(look, traces));
  return violations;
}
