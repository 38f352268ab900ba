import { type Clock, type Instant, MedallionError } from '@medallion/core';
import type { FileFormat, FlowPlan, PipelinePlan } from '@medallion/pipeline';
import { FileRows } from '../files/file-rows.ts';
import { readingsOfFlow, unreadIn } from '../lag/reading.ts';
import type { Appender, FileRow, FileSource, RecordLog } from '../ports/index.ts';
import { ensureOwnTopic } from '../redrive/own-topic.ts';
import type { RedrivenFlow } from '../redrive/redriven-flow.ts';
import { inputTopicOf } from '../topics.ts';
import { BackfillLog, type BackfillState } from './backfill-log.ts';
import type { Backfill, BackfillSource, Reached } from './backfill-plan.ts';
import { type Piece, readFiles, readTopic } from './backfill-reading.ts';
import { type Brought, partitionFor, toBackfillRecord } from './backfill-record.ts';
import { refusal, targetOf } from './backfill-target.ts';
import { type AskedFor, chosenSource, type SourceParts } from './chosen-source.ts';
import { dividesAsClientsDo } from './key-division.ts';

/** How often it is written down how far a backfill is; what comes after that is repeated when it is killed. */
const REACHED_EVERY_MS = 2_000;

/** What a backfill works with. */
export type BackfillParts = SourceParts & {
  readonly plan: PipelinePlan;
  readonly clock: Clock;
  /** Told of each step forward. */
  readonly progress?: (records: number) => void;
  readonly signal?: AbortSignal;
  readonly reachedEveryMs?: number;
};

/** What is to be backfilled, by whom. */
export type BackfillRequest = {
  readonly id: string;
  readonly by: string;
  readonly table: string;
  /** Which flow of the table, where it has several that read the outside. */
  readonly flow?: string;
  readonly from: AskedFor;
};

/** What became of a backfill. */
export type Backfilled = {
  readonly id: string;
  readonly flow: string;
  readonly topic: string;
  /** `before`: an earlier command had brought all of it, and nothing was done now. */
  readonly ended: 'now' | 'before' | 'stopped';
  /** Records that it brought in all. */
  readonly records: number;
};

/**
 * Brings older records to a streaming table through the steps of one of its flows, each once, whatever crashes and however
 * often it is called (SPEC B1 to B6): it copies them to `<pipeline>.<flow>.backfill`, which the flow `<flow>.backfill` in the
 * service reads.
 *
 * @throws MED_BACKFILL_REFUSED, MED_BACKFILL_CHANGED, MED_BACKFILL_UNFINISHED, MED_BACKFILL_SOURCE_CHANGED,
 *   MED_TOPIC_MISSING, MED_APPEND_FAILED
 * @example
 * await backfill(
 *   { log, plan, clock: systemClock, sleep: (ms) => delay(ms) },
 *   { id: 'autumn', by: 'ann', table: 'bronze_orders', from: { kind: 'topic', topic: 'orders.2024', from: null, to: null } },
 * )
 */
export async function backfill(parts: BackfillParts, request: BackfillRequest): Promise<Backfilled> {
  const { log, plan } = parts;
  const target = targetOf(plan, request.table, request.flow);
  const partitions = await ensureOwnTopic(log, plan, target);
  const backfills = await BackfillLog.open(plan.name, log);
  const state = await begun(parts, request, target.original, backfills);
  const { end } = state;
  const answer = { id: request.id, flow: target.flow.name, topic: target.topic };
  if (end?.abandoned === true)
    throw refusal(request.table, `backfill "${request.id}" was given up`, 'begin another one, with another --id');
  if (end !== null) return { ...answer, ended: 'before', records: end.records };
  return { ...answer, ...(await staged(parts, target, partitions, state, backfills)) };
}

/**
 * Gives up a backfill that cannot go on; what it brought so far stays. False when it had ended before.
 *
 * @throws MED_CONFIG_INVALID when there is no such backfill
 */
export async function abandonBackfill(log: RecordLog, plan: PipelinePlan, id: string): Promise<boolean> {
  const backfills = await BackfillLog.open(plan.name, log);
  const state = backfills.get(id);
  if (state === null) {
    const problems = `--id: ${plan.name} has no backfill "${id}"`;
    throw new MedallionError('MED_CONFIG_INVALID', { problems });
  }
  if (state.end !== null) return false;
  await backfills.end(id, { records: state.reached.records, abandoned: true });
  return true;
}

/** The backfills of a pipeline, in the order in which they were begun. */
export const backfillsOf = async (log: RecordLog, plan: PipelinePlan): Promise<readonly BackfillState[]> =>
  (await BackfillLog.open(plan.name, log)).all;

/** Records of redrives or backfills that their flow has still to process. */
export async function lagBeside(log: RecordLog, plan: PipelinePlan, { flow, topic }: RedrivenFlow): Promise<number> {
  return unreadIn((await readingsOfFlow(log, plan, flow, topic)) ?? []);
}

/** The backfill as it was begun, now or before. */
async function begun(
  parts: BackfillParts,
  { id, by, table, from }: BackfillRequest,
  target: FlowPlan,
  backfills: BackfillLog,
): Promise<BackfillState> {
  const { name: flow, source: declared } = target;
  const asked = JSON.stringify({ flow, ...from });
  let known = backfills.get(id);
  if (known === null) {
    refuseUnfinished(backfills, flow, id);
    if (from.kind === 'topic' && declared.kind === 'topic' && declared.topic === from.topic)
      throw refusal(
        table,
        `it reads ${from.topic} itself, from its first record on`,
        'there is nothing to bring; with "refresh --full" it is read anew',
      );
    const source: BackfillSource = await chosenSource(parts, from, table);
    await refuseDivided(parts, table, target, source);
    known = await backfills.begin({ id, flow, asked, source, by, at: parts.clock.now() as Instant });
  }
  if (known.backfill.asked !== asked)
    throw new MedallionError('MED_BACKFILL_CHANGED', { id, begun: known.backfill.asked, asked });
  if (known.end === null) refuseUnfinished(backfills, flow, id);
  return known;
}

/** A key must not come to another partition than the one that it has in the table (SPEC B5). */
async function refuseDivided(
  { log, plan }: Pick<BackfillParts, 'log' | 'plan'>,
  table: string,
  target: FlowPlan,
  source: BackfillSource,
): Promise<void> {
  if (target.source.kind !== 'topic') return;
  const input = inputTopicOf(plan, target);
  const stays = source.kind === 'topic' && source.partitions === (await log.partitions(input))?.length;
  const [here, there] = [
    await dividesAsClientsDo(log, input),
    stays ? await dividesAsClientsDo(log, source.topic) : true,
  ];
  if (here === null || there === null || here === there) return;
  throw refusal(
    table,
    `the keys of ${input} are divided into its partitions in another way`,
    `copy the records into a topic that is divided as ${input} is, with as many partitions, and give that one`,
  );
}

/** Their numbers are greater one after the other, so what an earlier one still had to bring would be skipped (SPEC B3). */
function refuseUnfinished(backfills: BackfillLog, flow: string, id: string): void {
  const other = backfills.unfinished(flow);
  if (other === null || other.id === id) return;
  throw new MedallionError('MED_BACKFILL_UNFINISHED', { other: other.id, flow, begun: other.asked });
}

/** Brings what is left of a backfill, one piece after the other: nothing of a piece before all of the one before is acknowledged. */
async function staged(
  { log, clock, files, progress, signal, reachedEveryMs = REACHED_EVERY_MS }: BackfillParts,
  { original, topic }: RedrivenFlow,
  partitions: number,
  { backfill, reached: from }: BackfillState,
  backfills: BackfillLog,
): Promise<Pick<Backfilled, 'ended' | 'records'>> {
  const { id, number, source } = backfill;
  const sourcePartitions = source.kind === 'topic' ? source.partitions : null;
  let reached: Reached = from;
  let due = clock.now() + reachedEveryMs;
  let appender: Appender | null = null;
  try {
    for await (const piece of pieces(log, files, backfill, original, from)) {
      const batches = Map.groupBy(piece.brought, (each) => partitionFor(each, sourcePartitions, partitions));
      appender ??= await log.appender();
      if (batches.size > 0)
        await appender.append(
          [...batches].map(([partition, brought]) => ({
            ...{ topic, partition },
            records: brought.map((each: Brought) => toBackfillRecord(number, each)),
          })),
        );
      reached = { ...piece.reached, records: reached.records + piece.brought.length };
      progress?.(reached.records);
      const stopped = signal?.aborted === true;
      if (stopped || clock.now() >= due) {
        await backfills.reached(id, reached);
        due = clock.now() + reachedEveryMs;
      }
      if (stopped) return { ended: 'stopped', records: reached.records };
    }
  } finally {
    await appender?.close();
  }
  await backfills.end(id, { records: reached.records, abandoned: false });
  return { ended: 'now', records: backfills.get(id)!.end!.records };
}

function pieces(
  log: RecordLog,
  files: FileSource | undefined,
  { id, source }: Backfill,
  original: FlowPlan,
  from: Reached,
): AsyncGenerator<Piece> {
  if (source.kind === 'topic') return readTopic(id, source, log, from);
  if (files === undefined) throw new Error('invariant violated: a backfill of files needs a file source');
  return readFiles(id, source, files, keyReader(original, source.format), from);
}

/** The key that the record of a row has: as its flow gives it where it reads files, as the row spells it where it reads a topic. */
function keyReader({ source }: FlowPlan, format: FileFormat): (row: FileRow) => Buffer | null {
  if (source.kind === 'files') {
    const rows = new FileRows({ ...source, format });
    return (row) => rows.keyOf(row);
  }
  const column = source.kind === 'topic' ? source.key : '';
  return (row) => {
    const value = 'broken' in row ? null : (row.value[column] ?? null);
    return value === null || typeof value === 'object' ? null : Buffer.from(String(value));
  };
}
