import type { LogRecord, OutRecord } from '../ports/index.ts';

/** What stopped a flow, for people who cannot ask its service. */
export type StopNote = {
  readonly flow: string;
  /** A code of the error catalogue that is not tried again. */
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The instance whose flow it was. */
  readonly by: string;
};

/**
 * The compacted topic, of one partition, that says which flows of a pipeline have stopped: a note by the flow's name, and a
 * null once it goes on. The hyphen keeps it apart from the topics of tables.
 */
export const stopsTopicOf = (pipeline: string): string => `${pipeline}.stopped-flows`;

/** A note as its topic keeps it. */
export const toStopRecord = ({ flow, ...note }: StopNote): OutRecord => ({
  key: Buffer.from(flow),
  value: Buffer.from(JSON.stringify(note)),
  headers: {},
});

/** A flow that goes on, as the topic keeps it. */
export const toGoneOnRecord = (flow: string): OutRecord => ({ key: Buffer.from(flow), value: null, headers: {} });

/** Reads a record back: the flow, and what stopped it or (null) that it goes on; null for what is neither. */
export function fromStopRecord({
  key,
  value,
}: LogRecord): { readonly flow: string; readonly note: StopNote | null } | null {
  if (key === null) return null;
  const flow = key.toString('utf8');
  if (value === null) return { flow, note: null };
  try {
    const { code, message, remedy, at, by } = JSON.parse(value.toString('utf8')) as Record<string, unknown>;
    if (typeof code !== 'string' || typeof at !== 'string' || Number.isNaN(Date.parse(at))) return null;
    return { flow, note: { flow, code, message: text(message), remedy: text(remedy), at, by: text(by) } };
  } catch {
    return null;
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value.replaceAll('\0', '') : '');
