import type { Look, Violation } from '@medallion/testkit';
import { DIMENSION_KEYS, dimensions, facts, type OrdersTables } from '../../oracle/orders-views.ts';
import type { Fields } from '../../oracle/stream.ts';
import { diffTables } from '../../support/diff.ts';
import { belowLease } from '../below-lease.ts';
import { countedIn, Tally } from '../count-differences.ts';
import { firsts } from '../first-of.ts';
import { type Placed, placeAt, placedIn } from '../placed.ts';
import { quarantineDifferences } from '../quarantine-rows.ts';
import { sortedDifferences } from '../sorted-differences.ts';
import { streamInGold, tracesBelow } from '../streams/stream-in-gold.ts';
import type { OrdersLog } from './orders-log.ts';

/** What gold holds that a batch run over what is below the leases does not. */
export function goldDifferences(look: Look, log: OrdersLog): readonly Violation[] {
  const { database } = look;
  const { violations, expected: orders } = streamInGold(look, log.stream);
  const found = [...violations];
  const add = (invariant: string, lines: readonly string[]): void =>
    void found.push(...lines.map((what) => ({ invariant, what })));
  const { changelogTopic, quarantineTopic, name } = log.customersPlan;
  const customers = log.customers.table(database.leases.find(({ topic }) => topic === changelogTopic)?.next ?? 0);
  add('I2 tables', diffTables(name, customers, database.rows(name), ['customer_id']));
  if (orders !== null) add('I2 view', viewDifferences(look, { orders, customers }));
  const traces = {
    ...tracesBelow(look, log.stream),
    trusted_orders: firsts(belowLease(look, log.trustedPlan.quarantineTopic, log.trusted.traces)),
    [name]: firsts(belowLease(look, quarantineTopic, placedIn(look.cluster, quarantineTopic))),
  };
  add('I4 quarantine', quarantineDifferences(look, traces));
  add('I4 counts', countDifferences(look, log));
  add('I2 copy', copyDifferences(look, log));
  return found;
}

/** Dimensions but for their integers, and facts with what these stand for. */
function viewDifferences({ database }: Look, tables: OrdersTables): readonly string[] {
  const lines: string[] = [];
  const expected = dimensions(tables);
  const meaning = new Map<string, ReadonlyMap<unknown, unknown>>();
  for (const [view, key, integer] of DIMENSION_KEYS) {
    const rows = database.rows(view) as readonly Fields[];
    meaning.set(view, new Map(rows.map((row) => [row[integer], row[key]])));
    if (meaning.get(view)!.size < rows.length) lines.push(`${view}: an integer stands for two`);
    lines.push(...diffTables(view, expected[view]!, rows, [key], [integer]));
  }
  const found = (database.rows('fact_orders') as readonly Fields[]).map(
    ({ customer_key, product_key, date_key, ...own }) => ({
      ...own,
      dim_customer: meaning.get('dim_customer')!.get(customer_key),
      dim_product: meaning.get('dim_product')!.get(product_key),
      dim_date: meaning.get('dim_date')!.get(date_key),
    }),
  );
  return [...lines, ...diffTables('fact_orders', facts(tables), found, ['order_id'])];
}

/** Counts of the tables beside the stream: each record is one row, or one trace. */
function countDifferences(look: Look, log: OrdersLog): readonly string[] {
  const { trustedPlan, trusted, filteredPlan, filtered, appendedPlan, appended } = log;
  const wanted = new Tally();
  const count = (of: string, made: readonly Placed[]): void => {
    for (const { partition } of made) wanted.add(of.replace('*', String(partition)));
  };
  const traces = belowLease(look, trustedPlan.quarantineTopic, trusted.traces);
  const refused = Map.groupBy(traces, (trace) => outcomeOf(look, trustedPlan.quarantineTopic, trace));
  const rows = belowLease(look, trustedPlan.topic, trusted.rows);
  count('trusted_orders[*] accepted', rows);
  for (const [outcome, made] of refused) count(`trusted_orders[*] ${outcome}`, made);
  count('trusted_orders[*] trusted_segment judged', [...rows, ...(refused.get('violation') ?? [])]);
  count('trusted_orders[*] trusted_segment failed', refused.get('violation') ?? []);
  count('trusted_orders[*] trusted_segment dropped', refused.get('violation') ?? []);
  count('filtered_orders_append[*] accepted', belowLease(look, filteredPlan.topic, filtered));
  count('append_orders_stream[*] accepted', belowLease(look, appendedPlan.topic, appended));
  return wanted.differences(countedIn(look, [trustedPlan.name, filteredPlan.name, appendedPlan.name]));
}

const outcomeOf = ({ cluster }: Look, topic: string, { partition, offset }: Placed): string =>
  String(cluster.topic(topic)![partition]!.archive[offset]!.headers['medallion.outcome']);

/** The copy of append_orders_stream: its orders as they were joined, once and for all. */
function copyDifferences(look: Look, { joined, filtered, appended, appendedPlan }: OrdersLog): readonly string[] {
  const silverOf = new Map(filtered.map((row) => [placeAt(row), row.from]));
  const own = (row: Readonly<Record<string, unknown>>): unknown[] => COPIED.map((name) => row[name] ?? null);
  const expected = belowLease(look, appendedPlan.topic, appended).flatMap(({ from }) => {
    const row = joined.get(silverOf.get(from) ?? '');
    return row === undefined ? [] : [own(row)];
  });
  return sortedDifferences('append_orders_stream', expected, look.database.copied('append_orders_stream').map(own));
}

const COPIED = [
  ...['order_id', 'customer_id', 'product_id', 'order_timestamp', 'order_status', 'quantity', 'amount', 'order_date'],
  ...['customer_name', 'city', 'segment'],
];
