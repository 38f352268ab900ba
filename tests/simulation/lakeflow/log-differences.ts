import { flowsOf, type TablePlan } from '@medallion/pipeline';
import type { Look, Violation } from '@medallion/testkit';
import { type Placed, placeAt } from '../placed.ts';
import { reachOf } from './changelog.ts';
import type { RawRow } from './raw-rows.ts';
import type { StreamRows } from './stream-rows.ts';

/** What in the log of a stream contradicts what came. */
export function logDifferences(look: Look, rows: StreamRows): readonly Violation[] {
  const { raw, byPlace, bronze, clean, rawOf, stream } = rows;
  const read = raw.filter(({ fields }) => fields !== null);
  const of = (invariant: string, lines: readonly string[]): readonly Violation[] =>
    lines.map((what) => ({ invariant, what: `${stream.table}: ${what}` }));
  const compared = (expected: readonly RawRow[], made: readonly Placed[], rawPlace = (place: string) => place) =>
    differences(
      expected,
      made.map(({ from }) => rawPlace(from)),
      look.isEnd,
    );
  return [
    ...of('P5 bronze rows', compared(read, bronze.rows)),
    ...of(
      'I4 bronze quarantine',
      compared(
        raw.filter(({ fields }) => fields === null),
        bronze.traces,
      ),
    ),
    ...of(
      'P5 silver rows',
      compared(
        read.filter((row) => !row.isDropped),
        clean.rows,
        rawOf,
      ),
    ),
    ...of(
      'I4 silver quarantine',
      compared(
        read.filter((row) => row.isDropped),
        clean.traces,
        rawOf,
      ),
    ),
    ...of('P1 partition', [
      ...elsewhere(bronze.rows, (from) => byPlace.get(from)),
      ...elsewhere(clean.rows, (from) => byPlace.get(rawOf(from))),
    ]),
    ...of('P4 checkpoint', checkpointDifferences(look, rows)),
    ...of('L1 ledger', ledgerDifferences(look, rows)),
  ];
}

/** Rows that must not be there; and those that are missing, where all are expected. */
function differences(expected: readonly RawRow[], found: readonly string[], isEnd: boolean): readonly string[] {
  const wanted = new Set(expected.map(({ place }) => place));
  const there = new Set(found);
  const lines = [...there.difference(wanted)].map((place) => `${place} is not expected`);
  if (isEnd) for (const place of wanted.difference(there)) lines.push(`${place} is missing`);
  return lines;
}

const elsewhere = (made: readonly Placed[], rawAt: (from: string) => RawRow | undefined): readonly string[] =>
  made.flatMap(({ partition, from }) => {
    const raw = rawAt(from);
    return raw === undefined || raw.partition === partition
      ? []
      : [`what was made of ${from} is in partition ${partition}, and belongs to ${raw.partition}`];
  });

const ROWS_PER_FILE = 1_000_000_000;

/** Of the records before a checkpoint, those that have left nothing: it was stored before they were acknowledged. */
function checkpointDifferences(look: Look, rows: StreamRows): readonly string[] {
  const { raw, bronze, clean, bronzePlan, cleanPlan } = rows;
  const left = (...made: readonly (readonly Placed[])[]) => new Set(made.flat().map(({ from }) => from));
  return [
    ...behind(
      look,
      bronzePlan,
      raw.map(({ place }) => place),
      left(bronze.rows, bronze.traces),
    ),
    ...behind(look, cleanPlan, bronze.rows.map(placeAt), left(clean.rows, clean.traces)),
  ];
}

function behind(
  { plan, cluster }: Look,
  table: TablePlan,
  given: readonly string[],
  made: ReadonlySet<string>,
): readonly string[] {
  return flowsOf(table).flatMap(({ name, source }) => {
    const checkpoints = new Map(
      [...cluster.group(`${plan.name}.${name}`).checkpoints].map(([at, { offset, metadata }]) => {
        // That of files is the entry in hand, and where in its file.
        const [row = 0] = (JSON.parse(metadata) as { readonly f?: readonly number[] }).f ?? [];
        return [Number(at.split(' ')[0]), source.kind === 'files' ? offset * ROWS_PER_FILE + row : offset];
      }),
    );
    return given.flatMap((place) => {
      const [partition, offset] = place.split(':').map(Number) as [number, number];
      const checkpoint = checkpoints.get(partition) ?? 0;
      return offset >= checkpoint || made.has(place)
        ? []
        : [`${name} is at ${checkpoint} of partition ${partition}, and of ${place} there is nothing`];
    });
  });
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
