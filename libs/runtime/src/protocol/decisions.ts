import type { LogRecord, Offset, OutRecord, TopicPartition } from '../ports/index.ts';
import { isCount } from './wire.ts';

/**
 * What a person decided about a flow that stopped: `skip` sends the record at which it stopped to quarantine, or passes over
 * records from there on that are gone, `resume` lets the flow try again, after what stopped it was mended.
 */
export type Decision = {
  readonly decision: 'skip' | 'resume';
  /** Of a skip of records that are gone: up to, not with, this offset. */
  readonly lostTo?: Offset;
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly reason: string;
};

/** What a decision is about: the record at which a flow stopped, or (`at` is null, `resume` only) whatever stopped it. */
export type DecisionSubject = {
  readonly flow: string;
  readonly at: (TopicPartition & { readonly offset: Offset }) | null;
};

/** The compacted topic, of one partition, that keeps the decisions about a pipeline for ever. */
export const decisionsTopicOf = (pipeline: string): string => `${pipeline}.decisions`;

/** `flow:topic:partition:offset`, or `flow`; no name of a flow or topic holds a colon. */
export const decisionKey = ({ flow, at }: DecisionSubject): string =>
  at === null ? flow : `${flow}:${at.topic}:${at.partition}:${at.offset}`;

/** A decision as its topic keeps it. */
export const toDecisionRecord = (subject: DecisionSubject, decision: Decision): OutRecord => ({
  key: Buffer.from(decisionKey(subject)),
  value: Buffer.from(JSON.stringify(decision)),
  headers: {},
});

/** Reads a decision back; null for what is none. */
export function fromDecisionRecord(record: LogRecord): { readonly key: string; readonly decision: Decision } | null {
  if (record.key === null || record.value === null) return null;
  try {
    const { decision, by, at, reason, lostTo } = JSON.parse(record.value.toString('utf8')) as Record<string, unknown>;
    if (decision !== 'skip' && decision !== 'resume') return null;
    return {
      key: record.key.toString('utf8'),
      decision: {
        ...{ decision, by: text(by), at: text(at), reason: text(reason) },
        ...(isCount(lostTo) ? { lostTo } : {}),
      },
    };
  } catch {
    return null;
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value.replaceAll('\0', '') : '');
