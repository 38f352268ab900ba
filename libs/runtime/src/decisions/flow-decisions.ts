import { isMedallionError, type MedallionError } from '@medallion/core';
import type { Offset, RecordLog, TopicPartition } from '../ports/index.ts';
import { type Decision, decisionKey, decisionsTopicOf, fromDecisionRecord } from '../protocol/decisions.ts';
import { MAX_MESSAGE_BYTES } from '../protocol/trace.ts';

/** How often a stopped flow looks for a decision. */
const LOOK_EVERY_MS = 1_000;

/** Creates the topic of a pipeline's decisions, unless it exists. */
export const ensureDecisions = (pipeline: string, log: RecordLog): Promise<void> =>
  log.ensureTopics([
    {
      topic: decisionsTopicOf(pipeline),
      partitions: 1,
      retentionMs: -1,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      cleanup: 'compact',
    },
  ]);

/**
 * The decisions about one flow, as they were at its last start. A flow that runs does not look for new ones: a replay from
 * a checkpoint finds those that the run before it had, and so decides alike (F4).
 */
export class FlowDecisions {
  readonly #pipeline: string;
  readonly #flow: string;
  readonly #log: RecordLog;
  readonly #known = new Map<string, Decision>();
  /** Losses that were logged and counted. */
  readonly #told = new Set<string>();
  #next: Offset = 0;

  constructor(pipeline: string, flow: string, log: RecordLog) {
    this.#pipeline = pipeline;
    this.#flow = flow;
    this.#log = log;
  }

  /** Reads what was decided since the last call. Called at each start of the flow. */
  async load(): Promise<void> {
    await ensureDecisions(this.#pipeline, this.#log);
    await this.#read();
  }

  /** Who decided that the record is skipped, as one phrase; null while nobody has. */
  skipped(at: TopicPartition, offset: Offset): string | null {
    const found = this.#skip(at, offset);
    return found === null || found.lostTo !== undefined ? null : `skipped ${byWhom(found)}`;
  }

  /** Up to where records from an offset on may be passed over, and who decided it; null while nobody has. */
  lost(at: TopicPartition, from: Offset): { readonly to: Offset; readonly who: string } | null {
    const found = this.#skip(at, from);
    if (found?.lostTo === undefined || found.lostTo <= from) return null;
    return { to: found.lostTo, who: `passed over ${byWhom(found)}` };
  }

  /** Whether it is the first time that this is asked about: a flow may start often before its checkpoint is behind a loss. */
  isNews(at: TopicPartition, from: Offset): boolean {
    const key = decisionKey({ flow: this.#flow, at: { ...at, offset: from } });
    const isNews = !this.#told.has(key);
    this.#told.add(key);
    return isNews;
  }

  #skip(at: TopicPartition, offset: Offset): Decision | null {
    const found = this.#known.get(decisionKey({ flow: this.#flow, at: { ...at, offset } }));
    return found?.decision === 'skip' ? found : null;
  }

  /** Whether a person had the flow go on at the record, in whichever way. */
  resumed(at: TopicPartition, offset: Offset): boolean {
    return this.#known.has(decisionKey({ flow: this.#flow, at: { ...at, offset } }));
  }

  /**
   * Waits until somebody decides about what stopped the flow: true then, false when the signal aborts first. Errors that
   * pass are waited out.
   */
  async awaited(
    failure: MedallionError,
    signal: AbortSignal,
    sleep: (ms: number, signal: AbortSignal) => Promise<void>,
    failed: (error: unknown) => void,
  ): Promise<boolean> {
    const subjects = new Set(subjectsOf(this.#flow, failure));
    for (;;) {
      await sleep(LOOK_EVERY_MS, signal);
      if (signal.aborted) return false;
      try {
        if ((await this.#read()).some((key) => subjects.has(key))) return true;
      } catch (error) {
        failed(error);
      }
    }
  }

  /** The keys of the decisions that are new. */
  async #read(): Promise<readonly string[]> {
    const keys: string[] = [];
    const at = { topic: decisionsTopicOf(this.#pipeline), partition: 0 };
    for await (const records of this.#log.read(at, this.#next))
      for (const record of records) {
        this.#next = record.offset + 1;
        if (record.value === null) this.#known.delete(record.key?.toString('utf8') ?? '');
        const found = fromDecisionRecord(record);
        if (found === null || (found.key !== this.#flow && !found.key.startsWith(`${this.#flow}:`))) continue;
        this.#known.set(found.key, found.decision);
        keys.push(found.key);
      }
    return keys;
  }
}

const byWhom = ({ by, at, reason }: Decision): string => `by ${by} at ${at}${reason === '' ? '' : `: ${reason}`}`;

/** What a decision that lets the flow go on is about: the record at which it stopped, or the flow. */
function subjectsOf(flow: string, failure: MedallionError): readonly string[] {
  const place = placeOf(failure);
  return place === null ? [decisionKey({ flow, at: null })] : [decisionKey({ flow, at: place }), flow];
}

/** Of the errors that stop a flow at a record, which of their details is its offset. */
const AT_A_RECORD: Readonly<Record<string, string>> = {
  MED_EXPECTATION_FAILED: 'offset',
  MED_THRESHOLD_EXCEEDED: 'offset',
  MED_LOG_GAP: 'expected',
};

/** The record at which a flow stopped: one that broke an expectation, or the first that is gone; null for other errors. */
export function placeOf(failure: unknown): (TopicPartition & { readonly offset: Offset }) | null {
  if (!isMedallionError(failure)) return null;
  const offset = AT_A_RECORD[failure.code];
  if (offset === undefined) return null;
  const details = failure.details as Readonly<Record<string, string | number>>;
  return { topic: String(details.topic), partition: Number(details.partition), offset: Number(details[offset]) };
}
