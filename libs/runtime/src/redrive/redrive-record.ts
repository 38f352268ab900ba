import { BACKFILL } from '../backfill/backfill-record.ts';
import type { LogRecord, Offset, OutRecord, TopicPartition } from '../ports/index.ts';
import { formatCoordinate, SRC } from '../protocol/coordinates.ts';
import { HEADER } from '../protocol/trace.ts';
import type { RecordReader } from '../streaming/record-reader.ts';
import { originalName } from './redriven-flow.ts';

/** The place of a record in its topic. */
export type Place = TopicPartition & { readonly offset: Offset };

/** A record that is sent again. */
export type Redrive = {
  /** Its number: greater for what was decided later. */
  readonly id: number;
  /** The flow that refused it. */
  readonly flow: string;
  /** Where the record is that was refused. */
  readonly at: Place;
  /** The one element of the record that was refused; null for all of it. */
  readonly element: number | null;
  readonly key: Buffer | null;
  readonly value: Buffer;
  /** The headers that it had when it was refused. */
  readonly headers: Readonly<Record<string, string>>;
};

/** The flow in the coordinates of redriven records: their offset is the number of the redrive (SPEC R2). */
const REDRIVE = 'redrive';

/** The record as its redrive topic keeps it. */
export function toRedriveRecord({ id, flow, at, element, key, value, headers: original }: Redrive): OutRecord {
  const headers: Record<string, string> = {};
  const before = flow === originalName(flow) ? null : placeIn(original);
  for (const [name, header] of Object.entries(original)) {
    const ours = name === SRC || name.startsWith('medallion.');
    // Redriven before: what stands in the way is what that redrive had added.
    // What a row of a file has to be read as, too, wherever it goes.
    if (!ours || (before !== null && name === HEADER.cast)) headers[name] = header;
    else if (before === null) headers[`original.${name}`] = header;
  }
  const place = before ?? at;
  return {
    key,
    value,
    headers: {
      ...headers,
      [SRC]: formatCoordinate(REDRIVE, at.partition, id, 0),
      [HEADER.topic]: place.topic,
      [HEADER.partition]: String(place.partition),
      [HEADER.offset]: String(place.offset),
      ...(element === null ? {} : { [HEADER.element]: String(element) }),
    },
  };
}

/** The place that headers of a redriven or backfilled record name; null for others. */
function placeIn(headers: Readonly<Record<string, Buffer | string>>): Place | null {
  const src = headers[SRC]?.toString();
  if (src === undefined || ![REDRIVE, BACKFILL].some((flow) => src.startsWith(`${flow}:`))) return null;
  const topic = headers[HEADER.topic]?.toString();
  const partition = Number(headers[HEADER.partition]?.toString());
  const offset = Number(headers[HEADER.offset]?.toString());
  return topic !== undefined && Number.isSafeInteger(partition) && Number.isSafeInteger(offset)
    ? { topic, partition, offset }
    : null;
}

/** The one element of a redriven record that is to be processed again; null for all of it. */
export function elementOf({ headers }: Pick<LogRecord, 'headers'>): number | null {
  const header = headers[HEADER.element];
  return header === undefined ? null : Number(header.toString());
}

/**
 * Reads redriven and backfilled records as the original ones were read: by the place that they had. `rows` reads those that
 * a backfill has found in files, which may be of another format than the source's records.
 */
export const redrivenReader = (inner: RecordReader, rows: RecordReader | null): RecordReader => ({
  prepare: (records) => inner.prepare(records),
  read({ key, value, headers, timestampMs }, _at, ingestedAt) {
    const place = placeIn(headers);
    if (place === null) return { outcome: 'foreign', reason: 'nobody redrove it: it has no place of its own' };
    const reader = rows !== null && headers[HEADER.cast] !== undefined ? rows : inner;
    return reader.read({ offset: place.offset, key, value, headers, timestampMs }, place, ingestedAt);
  },
});
