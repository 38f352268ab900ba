import type { Look, Violation } from '@medallion/testkit';
import { behindCheckpoint } from '../behind-checkpoint.ts';
import { placeDifferences } from '../place-differences.ts';
import { type Placed, placeAt } from '../placed.ts';
import { reachOf } from './changelog.ts';
import type { RawRow } from './raw-rows.ts';
import type { StreamRows } from './stream-rows.ts';

/** What in the log of a stream contradicts what came. */
export function logDifferences(look: Look, rows: StreamRows): readonly Violation[] {
  const { raw, byPlace, bronze, clean, rawOf, stream } = rows;
  const of = (invariant: string, lines: readonly string[]): readonly Violation[] =>
    lines.map((what) => ({ invariant, what: `${stream.table}: ${what}` }));
  const compared = (
    isExpected: (row: RawRow) => boolean,
    made: readonly Placed[],
    rawPlace = (place: string) => place,
  ) =>
    placeDifferences(
      new Set(raw.filter(isExpected).map(({ place }) => place)),
      new Set(made.map(({ from }) => rawPlace(from))),
      look.isEnd,
    );
  const isRead = ({ fields }: RawRow): boolean => fields !== null;
  return [
    ...of('P5 bronze rows', compared(isRead, bronze.rows)),
    ...of(
      'I4 bronze quarantine',
      compared((row) => !isRead(row), bronze.traces),
    ),
    ...of(
      'P5 silver rows',
      compared((row) => isRead(row) && !row.isDropped, clean.rows, rawOf),
    ),
    ...of(
      'I4 silver quarantine',
      compared((row) => isRead(row) && row.isDropped, clean.traces, rawOf),
    ),
    ...of('P1 partition', [
      ...elsewhere(bronze.rows, (from) => byPlace.get(from)),
      ...elsewhere(clean.rows, (from) => byPlace.get(rawOf(from))),
    ]),
    ...of('P4 checkpoint', checkpointDifferences(look, rows)),
    ...of('L1 ledger', ledgerDifferences(look, rows)),
  ];
}

const elsewhere = (made: readonly Placed[], rawAt: (from: string) => RawRow | undefined): readonly string[] =>
  made.flatMap(({ partition, from }) => {
    const raw = rawAt(from);
    return raw === undefined || raw.partition === partition
      ? []
      : [`what was made of ${from} is in partition ${partition}, and belongs to ${raw.partition}`];
  });

function checkpointDifferences(look: Look, rows: StreamRows): readonly string[] {
  const { raw, bronze, clean, bronzePlan, cleanPlan } = rows;
  const left = (made: readonly Placed[]): ReadonlySet<string> => new Set(made.map(({ from }) => from));
  const places = raw.map(({ place }) => place);
  return [
    ...behindCheckpoint(look, bronzePlan, places, [left(bronze.rows), left(bronze.traces)]),
    ...behindCheckpoint(look, cleanPlan, bronze.rows.map(placeAt), [left(clean.rows), left(clean.traces)]),
  ];
}

/** What is settled stays settled, and no checkpoint is past it. */
function ledgerDifferences({ plan, cluster }: Look, { tablePlan, cleanPlan }: StreamRows): readonly string[] {
  const { checkpoints } = cluster.group(`${plan.name}.${tablePlan.flow.name}`);
  return (cluster.topic(tablePlan.changelogTopic) ?? []).flatMap(({ high }, partition) => {
    const { settled, wentBack } = reachOf(cluster, tablePlan, partition, high);
    const checkpoint = checkpoints.get(`${partition} ${cleanPlan.topic}`)?.offset ?? 0;
    return checkpoint <= settled
      ? wentBack
      : [...wentBack, `the checkpoint is at ${checkpoint} of partition ${partition}, the last ledger at ${settled}`];
  });
}
