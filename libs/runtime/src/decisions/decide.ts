import { type Instant, isoString, MedallionError } from '@medallion/core';
import { flowsOf, type PipelinePlan } from '@medallion/pipeline';
import type { Offset, RecordLog, TopicPartition } from '../ports/index.ts';
import { type DecisionSubject, decisionsTopicOf, toDecisionRecord } from '../protocol/decisions.ts';
import { originalName } from '../redrive/redriven-flow.ts';
import { inputTopicOf } from '../topics.ts';
import { ensureDecisions } from './flow-decisions.ts';

/** A decision as a person gives it. */
export type Decided = DecisionSubject & {
  readonly decision: 'skip' | 'resume';
  /** Of a skip: records from the place on are gone, and that is accepted. */
  readonly allowLoss?: boolean;
  /** Who decided. */
  readonly by: string;
  readonly reason: string;
};

/** Records that are gone: from one offset up to, not with, another. */
export type LostRange = { readonly from: Offset; readonly to: Offset };

/**
 * Decides about a stopped flow; it goes on about a second later, without a restart. `skip` is about one record and needs
 * its place, `resume` is about the record or, without a place, about whatever stopped the flow. Where records from the place
 * on are gone, a skip is about all of them: it takes `allowLoss`, and the range is the answer.
 *
 * @throws MED_DECISION_INVALID, MED_APPEND_FAILED
 * @example
 * await decide(log, plan, now, {
 *   flow: 'silver_orders_clean',
 *   at: { topic: 'medallion-sales.bronze_orders', partition: 0, offset: 17 },
 *   decision: 'skip',
 *   by: 'ann',
 *   reason: 'a test order',
 * })
 */
export async function decide(
  log: RecordLog,
  plan: PipelinePlan,
  now: Instant,
  decided: Decided,
): Promise<LostRange | null> {
  const { flow, at, decision, by, reason } = decided;
  const flows = plan.tables.flatMap(flowsOf);
  const found = flows.find(({ name }) => name === flow);
  // A redrive reads a topic of its own.
  const input = found === undefined ? null : inputTopicOf(plan, found);
  const problem = !flows.some(({ name }) => name === originalName(flow))
    ? `there is no flow "${flow}" in ${plan.name}, only ${flows.map(({ name }) => name).join(', ')}`
    : decision === 'skip' && at === null
      ? 'a record is skipped by its topic, partition and offset'
      : at !== null && input !== null && at.topic !== input
        ? `the flow "${flow}" reads ${input}, not ${at.topic}`
        : null;
  if (problem !== null) throw new MedallionError('MED_DECISION_INVALID', { problem });
  const lost =
    decision === 'skip' ? await lostAt(log, at as TopicPartition & { offset: Offset }, decided.allowLoss) : null;
  await ensureDecisions(plan.name, log);
  const appender = await log.appender();
  try {
    const about = lost === null ? {} : { lostTo: lost.to };
    const record = toDecisionRecord({ flow, at }, { decision, ...about, by, at: isoString(now), reason });
    await appender.append([{ topic: decisionsTopicOf(plan.name), partition: 0, records: [record] }]);
    return lost;
  } finally {
    await appender.close();
  }
}

/** What is gone from a place on; null where the record is there. */
async function lostAt(
  log: RecordLog,
  { topic, partition, offset: from }: TopicPartition & { readonly offset: Offset },
  allowLoss = false,
): Promise<LostRange | null> {
  const to = (await log.partitions(topic))?.find((each) => each.partition === partition)?.low ?? 0;
  const isGone = from < to;
  if (isGone === allowLoss) return isGone ? { from, to } : null;
  const problem = allowLoss
    ? `${topic}[${partition}] has the record at offset ${from}, so nothing is lost there`
    : `${topic}[${partition}] has no records from offset ${from} up to ${to} any more: with --allow-loss the flow passes over them`;
  throw new MedallionError('MED_DECISION_INVALID', { problem });
}
