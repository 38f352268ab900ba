import { type Instant, MedallionError } from '@medallion/core';
import type { Sequence } from '@medallion/operators';
import type { Appender, LogRecord, Offset, RecordLog, RowDecoder, TopicPartition } from '../ports/index.ts';
import { CHANGELOG_HEADER, stands } from '../protocol/changelog.ts';
import { type Ledger, ledgerOf } from '../protocol/ledger.ts';
import { ChangelogWriter } from './changelog-writer.ts';
import type { KeyedFates } from './keyed-fates.ts';
import type { KeyedState } from './keyed-state.ts';

/** What opening a partition of a changelog takes. */
export type OpeningParts = {
  readonly flow: string;
  readonly log: RecordLog;
  readonly appender: Appender;
  readonly decoder: RowDecoder;
  /** A new, empty state. */
  readonly newState: () => KeyedState;
  /** A new one, that knows of nothing yet. */
  readonly newFates: () => KeyedFates;
  /** Told after each batch of records that was read. */
  readonly made: () => void;
};

/** A partition of a changelog that was read whole. */
export type OpenedChangelog = {
  readonly state: KeyedState;
  readonly writer: ChangelogWriter;
  readonly fates: KeyedFates;
};

/** Opens a partition of a changelog that had this end, or more, at the last checkpoint; see `openChangelog`. */
export type OpenState = (at: TopicPartition, known: Offset | null, fence: Ledger | null) => Promise<OpenedChangelog>;

/** Other writers can get in between reading and writing so often, one after the other, until that is an error. */
const TRIES = 5;

/**
 * Reads a partition of a changelog whole, and makes it good for whoever reads it next (SPEC K5, K6):
 *
 *   read all ──▶ settle ──▶ write again what is hidden, or was half written ──▶ the state and where its writer stands
 *    ▲                                            │
 *    └──────── another writer came between ───────┘
 *
 * `known` is the end that it had at the last checkpoint: MED_LOG_RECREATED is thrown when it ends before that. With `fence`,
 * a ledger is written in any case: what a former owner has in hand does not stand any more. It is the flow's last one, or
 * that when there is none.
 */
export async function openChangelog(
  at: TopicPartition,
  parts: OpeningParts,
  known: Offset | null,
  fence: Ledger | null = null,
): Promise<OpenedChangelog> {
  for (let tried = 1; ; tried++) {
    const state = parts.newState();
    const fates = parts.newFates();
    const read = await readAll(at, parts, state, fates);
    // Without what it held, the input before the checkpoint would be missing in the table.
    if (known !== null && read.end < known)
      throw new MedallionError('MED_LOG_RECREATED', { ...at, high: read.end, expected: known });
    const writer = new ChangelogWriter(parts.flow, at, parts.log, read.end);
    // What is half written comes first: until it is whole, the last record that counts says so.
    const unfinished = read.unfinished === null ? [] : state.records(read.unfinished);
    for (const { key } of unfinished) read.hidden.delete(key.toString('utf8'));
    const repairs = writer
      .records(unfinished)
      .concat((await hidden(at, parts, read.hidden)).map((record) => writer.again(record)));
    if (fence !== null) repairs.push(writer.ledger(fates.ledger ?? fence));
    if (repairs.length === 0) return { state, writer, fates };
    const [offset] = await parts.appender.append([{ ...at, records: repairs }]);
    if (await writer.stand(offset as Offset)) return { state, writer, fates };
    if (tried === TRIES)
      throw new MedallionError('MED_APPEND_FAILED', { topic: at.topic, reason: 'another writer came between' });
  }
}

type Reading = {
  end: Offset;
  /** Keys whose last record does not count: compaction would remove the one before it, which does. */
  readonly hidden: Set<string>;
  /** The key of the last record that counts, when more records of its change should have followed. */
  unfinished: string | null;
};

async function readAll(
  at: TopicPartition,
  parts: OpeningParts,
  state: KeyedState,
  fates: KeyedFates,
): Promise<Reading> {
  const { log, decoder, flow, made } = parts;
  const range = (await log.partitions(at.topic))?.find(({ partition }) => partition === at.partition);
  const reading: Reading = { end: range?.high ?? 0, hidden: new Set(), unfinished: null };
  for await (const records of log.read(at, 0)) {
    await decoder.prepare(records.map(({ value }) => value));
    for (const record of records) {
      reading.end = Math.max(reading.end, record.offset + 1);
      if (record.key === null) continue;
      const key = record.key.toString('utf8');
      if (!stands(record, flow, at)) {
        reading.hidden.add(key);
        continue;
      }
      reading.hidden.delete(key);
      fates.take(record, at);
      if (ledgerOf(record) !== null) continue;
      reading.unfinished = record.headers[CHANGELOG_HEADER.more] === undefined ? null : key;
      take(at, record, key, decoder, state);
    }
    made();
  }
  state.settle();
  return reading;
}

function take(at: TopicPartition, record: LogRecord, recordKey: string, decoder: RowDecoder, state: KeyedState): void {
  const header = record.headers[CHANGELOG_HEADER.sequence];
  const unreadable = (reason: string) =>
    new MedallionError('MED_CHANGELOG_UNREADABLE', { ...at, offset: record.offset, reason });
  if (header === undefined) throw unreadable('it has no sequence');
  const sequence = sequenceIn(header.toString());
  if (sequence === null) throw unreadable('its sequence is none');
  const decoded = record.value === null ? { row: null } : decoder.decode(record.value);
  if (!('row' in decoded)) throw unreadable(decoded.undecodable);
  state.restore({ recordKey, sequence, row: decoded.row, value: record.value, at: record.timestampMs as Instant });
}

/** A sequence is a number or a text, as the columns are that rows can be in order by; null for what is none. */
function sequenceIn(header: string): Sequence | null {
  try {
    const sequence = JSON.parse(header) as unknown;
    return typeof sequence === 'number' || typeof sequence === 'string' ? (sequence as Sequence) : null;
  } catch {
    return null;
  }
}

type Again = { readonly key: Buffer; readonly value: Buffer | null; readonly headers: LogRecord['headers'] };

/** The last record that counts of each of these keys. */
async function hidden(at: TopicPartition, { log, flow }: OpeningParts, keys: ReadonlySet<string>): Promise<Again[]> {
  if (keys.size === 0) return [];
  const found = new Map<string, Again>();
  for await (const records of log.read(at, 0))
    for (const record of records) {
      const key = record.key?.toString('utf8');
      if (key === undefined || !keys.has(key) || !stands(record, flow, at)) continue;
      const { [CHANGELOG_HEADER.more]: _, ...headers } = record.headers;
      found.set(key, { key: record.key as Buffer, value: record.value, headers });
    }
  return [...found.values()];
}
