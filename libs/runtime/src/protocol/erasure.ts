import type { LogRecord, Offset, OutRecord } from '../ports/index.ts';

/**
 * That somebody was erased from a pipeline: who replays topics that still hold records of the person, to rebuild a table
 * say, leaves them out. New records of the same person, at these offsets or later, are new data.
 */
export type Erasure = {
  readonly subject: string;
  /** Tells the person without naming them. */
  readonly fingerprint: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly by: string;
  /** By topic, for each partition the offset before which records of the person are erased. */
  readonly before: Readonly<Record<string, readonly Offset[]>>;
};

/** The compacted topic, of one partition, that keeps the erasures of a pipeline for ever. */
export const erasuresTopicOf = (pipeline: string): string => `${pipeline}.erasures`;

/** An erasure as its topic keeps it: the last one of a person counts. */
export const toErasureRecord = ({ subject, fingerprint, at, by, before }: Erasure): OutRecord => ({
  key: Buffer.from(fingerprint),
  value: Buffer.from(JSON.stringify({ subject, at, by, before })),
  headers: {},
});

/** Reads an erasure back; null for what is none. */
export function fromErasureRecord({ key, value }: Pick<LogRecord, 'key' | 'value'>): Erasure | null {
  if (key === null || value === null) return null;
  try {
    const { subject, at, by, before } = JSON.parse(value.toString('utf8')) as Partial<Erasure>;
    if (typeof subject !== 'string' || typeof before !== 'object' || before === null) return null;
    return { subject, fingerprint: key.toString('utf8'), at: String(at), by: String(by), before };
  } catch {
    return null;
  }
}
