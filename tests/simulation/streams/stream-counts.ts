import type { StreamingTablePlan } from '@medallion/pipeline';
import type { Look } from '@medallion/testkit';
import { outcomesOf } from '../../oracle/changes-by-key.ts';
import { belowLease } from '../below-lease.ts';
import { countedIn, Tally } from '../count-differences.ts';
import type { Placed } from '../placed.ts';
import type { ReachedChanges } from './reached-changes.ts';
import type { Made, StreamRows } from './stream-rows.ts';

/** Counts of what gold has processed of a stream, by its leases, that are not those of a batch run. */
export function streamCountDifferences(
  look: Look,
  rows: StreamRows,
  reached: readonly ReachedChanges[],
): readonly string[] {
  const { stream, byPlace, rawOf } = rows;
  const wanted = new Tally();
  const { bronze, clean } = belowLeases(look, rows);
  const count = (table: string, outcome: string, made: readonly Placed[]): void => {
    for (const { from } of made) wanted.add(`${table}[${partitionOf(from)}] ${outcome}`);
  };
  count(stream.bronze, 'accepted', bronze.rows);
  count(stream.bronze, 'unparseable', bronze.traces);
  count(stream.clean, 'accepted', clean.rows);
  count(stream.clean, stream.leftOutAs, clean.traces);
  for (const { from } of [...clean.rows, ...clean.traces]) {
    const broken = byPlace.get(rawOf(from))?.broken ?? [];
    for (const rule of stream.rules) {
      const at = `${stream.clean}[${partitionOf(from)}] ${rule.name}`;
      wanted.add(`${at} judged`);
      if (broken.includes(rule.name)) wanted.add(`${at} failed`);
      if (broken.includes(rule.name) && rule.drops) wanted.add(`${at} dropped`);
    }
  }
  // The table's flow counts by itself, up to its last ledger (L1, L4).
  for (const { partition, settled, changes, refused } of reached) {
    if (refused.length > 0) wanted.add(`${stream.table}[${partition}] unstorable`, refused.length);
    const counted = changes.filter(({ offset }) => offset < settled).map(({ change }) => change);
    for (const outcome of outcomesOf(counted, stream.storedAs)) {
      wanted.add(`${stream.table}[${partition}] read`);
      wanted.add(`${stream.table}[${partition}] ${outcome}`);
    }
  }
  return wanted.differences(countedIn(look, [stream.bronze, stream.clean, stream.table]));
}

/** Rows and traces of both streaming tables that gold has processed. */
export function belowLeases(look: Look, rows: StreamRows): { readonly bronze: Made; readonly clean: Made } {
  const of = ({ topic, quarantineTopic }: StreamingTablePlan, made: Made): Made => ({
    rows: belowLease(look, topic, made.rows),
    traces: belowLease(look, quarantineTopic, made.traces),
  });
  return { bronze: of(rows.bronzePlan, rows.bronze), clean: of(rows.cleanPlan, rows.clean) };
}

const partitionOf = (place: string): string => place.slice(0, place.indexOf(':'));
