import { flowsOf } from '@medallion/pipeline';
import type { Look, Violation } from '@medallion/testkit';
import { orderOf } from '../../oracle/orders-stream.ts';
import { diffTables } from '../../support/diff.ts';
import { behindCheckpoint, reachedBy } from '../behind-checkpoint.ts';
import { placeDifferences } from '../place-differences.ts';
import { type Placed, placeAt } from '../placed.ts';
import { logDifferences as streamLogDifferences } from '../streams/log-differences.ts';
import { joinDifferences } from './join-differences.ts';
import { type OrdersLog, statusOf } from './orders-log.ts';
import { snapshotDifferences } from './snapshot-differences.ts';

/** What in the log contradicts what came. */
export function logDifferences(look: Look, log: OrdersLog): readonly Violation[] {
  const of = (invariant: string, lines: readonly string[]): readonly Violation[] =>
    lines.map((what) => ({ invariant, what }));
  return [
    ...streamLogDifferences(look, log.stream),
    ...of('J1 J4 join', joinDifferences(look, log)),
    ...of('J4 row', rowDifferences(log)),
    ...of('P9 fate', fateDifferences(look, log)),
    ...of('N1 snapshots', snapshotDifferences(look, log.customersPlan, log.customers)),
    ...of('P5 filtered', filteredDifferences(look, log)),
    ...of('P5 appended', appendedDifferences(look, log)),
  ];
}

const placesOf = (made: readonly Placed[]): ReadonlySet<string> => new Set(made.map(({ from }) => from));

/** A join adds columns, and changes none of the order's own. */
function rowDifferences({ stream, joined }: OrdersLog): readonly string[] {
  const { byPlace, rawOf, clean } = stream;
  return clean.rows.flatMap((made) => {
    const fields = byPlace.get(rawOf(made.from))?.fields;
    const { ingestion_timestamp: _, ingestion_date: __, ...found } = joined.get(placeAt(made))!;
    const { customer_name = null, city = null, segment = null } = found;
    if (fields === undefined || fields === null) return [];
    return diffTables(placeAt(made), [{ ...orderOf(fields), customer_name, city, segment }], [found], ['order_id']);
  });
}

/**
 * Each order is in trusted_orders, or in its quarantine, never in both; or in neither, where its customer may have been unknown
 * to whoever judged it.
 */
function fateDifferences(
  look: Look,
  { stream, trusted, trustedPlan, customers, customersPlan }: OrdersLog,
): readonly string[] {
  const { bronze, byPlace } = stream;
  const [rows, traces] = [placesOf(trusted.rows), placesOf(trusted.traces)];
  const lines = [...new Set(rows).intersection(traces)].map((place) => `${place} is both a row and a trace`);
  const reached = reachedBy(look, flowsOf(trustedPlan)[0]!);
  const changelog = look.cluster.topic(customersPlan.changelogTopic)?.[0];
  const topic = look.cluster.topic(stream.bronzePlan.topic) ?? [];
  for (const made of bronze.rows) {
    const place = placeAt(made);
    if (rows.has(place) || traces.has(place) || made.offset >= (reached.get(made.partition) ?? 0)) continue;
    const { customer_id = null } = byPlace.get(made.from)?.fields ?? {};
    const sinceMs = topic[made.partition]!.appendedMs(made.offset) - STALE_MS;
    const was = customers.whenWas(customer_id as number | null, (row) => row === null, changelog?.highAt(sinceMs) ?? 0);
    if (was === null) lines.push(`${place} of customer ${customer_id}, who was known all the time, left nothing`);
  }
  return lines;
}

/** However bad things are, nobody judges by a table that is older than that. */
const STALE_MS = 120_000;

/** Each append flow takes the orders of its status, and no others. */
function filteredDifferences(look: Look, { stream, joined, filtered, filteredPlan }: OrdersLog): readonly string[] {
  return flowsOf(filteredPlan).flatMap((flow) => {
    const given = stream.clean.rows.map(placeAt).filter((place) => joined.get(place)!.order_status === statusOf(flow));
    const made = placesOf(filtered.filter((row) => row.flow === flow.name));
    const differences = placeDifferences(new Set(given), made, look.isEnd);
    return [...differences, ...behindCheckpoint(look, { ...filteredPlan, flows: [flow] }, given, [made])].map(
      (what) => `${flow.name}: ${what}`,
    );
  });
}

function appendedDifferences(look: Look, { filtered, appended, appendedPlan }: OrdersLog): readonly string[] {
  const given = filtered.map(placeAt);
  const made = placesOf(appended);
  return [
    ...placeDifferences(new Set(given), made, look.isEnd),
    ...behindCheckpoint(look, appendedPlan, given, [made]),
  ];
}
