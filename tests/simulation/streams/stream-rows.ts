import type { KeyedTablePlan, StreamingTablePlan } from '@medallion/pipeline';
import type { Look } from '@medallion/testkit';
import type { Stream } from '../../oracle/stream.ts';
import { type Placed, placeAt, placedIn } from '../placed.ts';
import { type RawRow, rawRows } from './raw-rows.ts';

/** What is in the topics of a streaming table. */
export type Made = { readonly rows: readonly Placed[]; readonly traces: readonly Placed[] };

/** A stream as it is in the log: what came, and what was made of it. */
export type StreamRows = {
  readonly stream: Stream;
  readonly raw: readonly RawRow[];
  /** Raw rows by their places. */
  readonly byPlace: ReadonlyMap<string, RawRow>;
  readonly bronzePlan: StreamingTablePlan;
  readonly cleanPlan: StreamingTablePlan;
  readonly tablePlan: KeyedTablePlan;
  /** Made of raw rows. */
  readonly bronze: Made;
  /** Made of rows of bronze. */
  readonly clean: Made;
  /** The raw row that a record of bronze was made of. */
  readonly rawOf: (placeInBronze: string) => string;
};

export function streamRows(look: Look, stream: Stream): StreamRows {
  const { cluster } = look;
  const raw = rawRows(look, stream);
  const bronzePlan = streamingTable(look, stream.bronze);
  const cleanPlan = streamingTable(look, stream.clean);
  const made = ({ topic, quarantineTopic }: StreamingTablePlan): Made => ({
    rows: placedIn(cluster, topic),
    traces: placedIn(cluster, quarantineTopic),
  });
  const bronze = made(bronzePlan);
  const rawOf = new Map(bronze.rows.map((row) => [placeAt(row), row.from]));
  return {
    ...{ stream, raw, bronzePlan, cleanPlan, bronze },
    tablePlan: keyedTable(look, stream.table),
    byPlace: new Map(raw.map((row) => [row.place, row])),
    clean: made(cleanPlan),
    rawOf: (place) => rawOf.get(place) ?? `? ${place}`,
  };
}

export function streamingTable({ plan }: Look, name: string): StreamingTablePlan {
  const found = plan.tables.find((table) => table.name === name);
  if (found?.kind !== 'streaming_table') throw new Error(`${name} is no streaming table`);
  return found;
}

export function keyedTable({ plan }: Look, name: string): KeyedTablePlan {
  const found = plan.tables.find((table) => table.name === name);
  if (found?.kind !== 'keyed_table') throw new Error(`${name} is no table by key`);
  return found;
}
