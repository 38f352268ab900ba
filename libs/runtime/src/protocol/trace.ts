import type { Headers, LogRecord, Outcome, OutRecord, TopicPartition, Violation } from '../ports/index.ts';
import { SRC } from './coordinates.ts';
import { isObject } from './wire.ts';

/** Names of the headers that the engine adds; a record's own header of such a name is kept as `original.<name>`. */
export const HEADER = {
  warned: 'medallion.warned',
  outcome: 'medallion.outcome',
  reason: 'medallion.reason',
  violations: 'medallion.violations',
  judged: 'medallion.judged',
  decided: 'medallion.decided',
  topic: 'medallion.topic',
  partition: 'medallion.partition',
  offset: 'medallion.offset',
  timestamp: 'medallion.timestamp',
  element: 'medallion.element',
  cast: 'medallion.cast',
  broken: 'medallion.broken',
} as const;

/** `max.message.bytes` of the topics that the engine creates. */
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** The largest value that the engine writes: what is left of a message after key and headers. */
export const MAX_RECORD_BYTES = MAX_MESSAGE_BYTES - 256 * 1024;

/** Why a record did not become a row of its table. */
export type Refusal = {
  readonly outcome: Outcome;
  /** One sentence for a person. */
  readonly reason: string;
  readonly violations: readonly Violation[];
  /** Whether its expectations were judged before. */
  readonly judged: boolean;
  /** Names of the warn rules that it broke beside. */
  readonly warned: readonly string[];
  /** Who decided, and why, that it goes to quarantine instead of stopping its flow. */
  readonly decided?: string;
};

/** A refused record as quarantine topics keep it, and where it was. */
export type Trace = Refusal & TopicPartition & { readonly offset: number; readonly timestampMs: number };

const isOurs = (name: string): boolean => name === SRC || name.startsWith('medallion.') || name.startsWith('original.');

/**
 * The trace that a refused record leaves: its key, value, headers and timestamp as they were, and in headers what was
 * wrong and where it is. Dropped rows leave no payload, nor do values too
 * large for the topic.
 */
export function toTrace(record: LogRecord, at: TopicPartition, src: string, refusal: Refusal): OutRecord {
  const headers: Record<string, Buffer | string> = {};
  for (const name of Object.keys(record.headers))
    headers[isOurs(name) ? `original.${name}` : name] = record.headers[name]!;
  headers[SRC] = src;
  headers[HEADER.outcome] = refusal.outcome;
  headers[HEADER.reason] = refusal.reason;
  if (refusal.violations.length > 0) headers[HEADER.violations] = JSON.stringify(refusal.violations);
  if (refusal.judged) headers[HEADER.judged] = '1';
  if (refusal.warned.length > 0) headers[HEADER.warned] = refusal.warned.join(',');
  if (refusal.decided !== undefined) headers[HEADER.decided] = refusal.decided;
  headers[HEADER.topic] = at.topic;
  headers[HEADER.partition] = String(at.partition);
  headers[HEADER.offset] = String(record.offset);
  headers[HEADER.timestamp] = String(record.timestampMs);
  const kept = refusal.outcome !== 'dropped' && (record.value?.length ?? 0) <= MAX_RECORD_BYTES;
  return { key: record.key, value: kept ? record.value : null, headers };
}

/** A header as text that Postgres takes: NUL, which it refuses, becomes U+FFFD. */
const text = (header: Buffer | string | undefined): string | null =>
  header === undefined ? null : header.toString('utf8').replaceAll('\0', '\uFFFD');

const OUTCOMES: ReadonlySet<string> = new Set<Outcome>([
  'violation',
  'dropped',
  'unparseable',
  'undecodable',
  'foreign',
  'duplicate',
  'future',
  'derive_failed',
  'unstorable',
]);

/** Reads a trace back; null when nobody who follows the protocol wrote it. */
export function fromTrace(headers: Headers): Trace | null {
  const outcome = text(headers[HEADER.outcome]);
  const topic = text(headers[HEADER.topic]);
  if (outcome === null || !OUTCOMES.has(outcome) || topic === null) return null;
  return {
    outcome: outcome as Outcome,
    reason: text(headers[HEADER.reason]) ?? '',
    violations: violationsOf(text(headers[HEADER.violations])),
    judged: headers[HEADER.judged] !== undefined,
    warned: warnedOf(headers),
    topic,
    partition: Number(text(headers[HEADER.partition])),
    offset: Number(text(headers[HEADER.offset])),
    timestampMs: Number(text(headers[HEADER.timestamp])),
  };
}

/** The names of the warn rules that a kept or refused row broke. */
export function warnedOf(headers: Headers): readonly string[] {
  const header = headers[HEADER.warned];
  return header === undefined ? [] : (text(header) as string).split(',');
}

/** The headers that a refused record had when it came, as text. */
export function originalHeaders(headers: Headers): Readonly<Record<string, string>> {
  const original: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const name of Object.keys(headers)) {
    if (name.startsWith('original.')) original[name.slice('original.'.length)] = text(headers[name]) as string;
    else if (!isOurs(name)) original[name] = text(headers[name]) as string;
  }
  return original;
}

const isViolation = (value: unknown): value is Violation =>
  isObject(value) && ['expectation', 'action', 'rule'].every((part) => typeof value[part] === 'string');

function violationsOf(json: string | null): readonly Violation[] {
  if (json === null) return [];
  try {
    const parsed: unknown = JSON.parse(json);
    return Array.isArray(parsed) ? parsed.filter(isViolation) : [];
  } catch {
    return [];
  }
}
