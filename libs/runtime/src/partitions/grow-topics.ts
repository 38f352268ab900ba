import { MedallionError } from '@medallion/core';
import { flowsOf, type PipelinePlan } from '@medallion/pipeline';
import { backfillsOf } from '../backfill/backfill.ts';
import { readingsOfFlow, unreadIn } from '../lag/reading.ts';
import type { LogAdmin, RecordLog } from '../ports/index.ts';
import type { Running } from '../refresh/refused.ts';
import { externalTopicsOf } from '../topics.ts';
import { type GrowthScope, growthScopeOf } from './growth-scope.ts';

/** What a growth of topics runs on. */
export type GrowthParts = {
  readonly plan: PipelinePlan;
  readonly log: RecordLog;
  readonly admin: Pick<LogAdmin, 'members' | 'growTopic'>;
};

/** How topics grow. */
export type GrowthOptions = {
  /** So many partitions every topic has then. */
  readonly partitions: number;
  /** Goes on although some of what was sent is unread: records of a key may then be processed in another order. */
  readonly undrained: boolean;
};

/** A topic that gets more partitions. */
export type GrownTopic = { readonly topic: string; readonly from: number };

/** What a growth does, and what stands in its way. */
export type GrowthLook = {
  readonly grown: readonly GrownTopic[];
  readonly running: readonly Running[];
  /** Flows that have not read all that their input has. */
  readonly behind: readonly { readonly flow: string; readonly records: number }[];
  readonly bound: GrowthScope['bound'];
  /** Tables that find repetitions within a partition alone. */
  readonly forgetful: readonly string[];
  /** Backfills that have not ended: their keys go to the partitions that there were. */
  readonly backfills: readonly string[];
};

/**
 * Says what `growTopics` would do, and does nothing.
 *
 * @throws MED_PARTITIONS_REFUSED when no flow of the pipeline reads the topic, or a topic would have fewer partitions;
 *   MED_TOPIC_MISSING
 */
export async function lookAtGrowth(
  { plan, log, admin }: GrowthParts,
  topic: string,
  { partitions }: Pick<GrowthOptions, 'partitions'>,
): Promise<GrowthLook> {
  const scope = growthScopeOf(plan, topic);
  if (scope.tables.length === 0) {
    const names = externalTopicsOf(plan).join(', ');
    throw refused(topic, `no table of ${plan.name} is made of it`, `name a topic that it reads: ${names}`);
  }
  const [grown, running, behind, backfills] = await Promise.all([
    grownOf(scope, log, topic, partitions),
    runningOf(scope, admin),
    behindOf(plan, scope, log),
    backfillsOf(log, plan),
  ]);
  const flows = new Set(scope.tables.flatMap(flowsOf).map(({ name }) => name));
  return {
    ...{ grown, running, behind, bound: scope.bound, forgetful: scope.forgetful },
    backfills: backfills
      .filter(({ backfill, end }) => end === null && flows.has(backfill.flow))
      .map(({ backfill }) => backfill.id),
  };
}

/**
 * Gives a topic that a pipeline reads more partitions, and with it all topics that have its count (SPEC Q1 to Q4). What
 * others write grows first: where that is refused, nothing has changed. Killed, it is run again.
 *
 * @throws MED_PARTITIONS_REFUSED, MED_TOPIC_MISSING, MED_LOG_FORBIDDEN
 */
export async function growTopics(parts: GrowthParts, topic: string, options: GrowthOptions): Promise<GrowthLook> {
  const look = await lookAtGrowth(parts, topic, options);
  refuse(topic, look, options);
  for (const { topic: each } of look.grown) await parts.admin.growTopic(each, options.partitions);
  return look;
}

/** Why a growth is refused, one reason after the other, each with what to do. @throws MED_PARTITIONS_REFUSED */
function refuse(topic: string, look: GrowthLook, { undrained }: GrowthOptions): void {
  const { bound, running, behind, backfills } = look;
  if (bound.length > 0)
    throw refused(
      topic,
      bound.map(({ table, reason }) => `${table} would lose its place: ${reason}`).join('; '),
      `give ${topic} its partitions with Kafka's tools while the services are stopped, then rebuild what is made of it: medallion refresh PIPELINE TABLE --full`,
    );
  if (running.length > 0) {
    const groups = running.map(({ group, members }) => `${group} (${members.join(', ')})`).join(', ');
    const services = [...new Set(running.map(({ service }) => service))].join(', ');
    throw refused(topic, `flows are running: ${groups}`, `stop ${services}, every instance, then try again`);
  }
  if (backfills.length > 0)
    throw refused(
      topic,
      `backfill ${backfills.join(', ')} has not ended`,
      'run it again to its end, or give it up with --abandon',
    );
  if (behind.length > 0 && !undrained)
    throw refused(
      topic,
      behind.map(({ flow, records }) => `${flow} has ${records} records to read`).join(', '),
      'stop who writes the topic, start the services until nothing is left to read, stop them, then try again; or take with --undrained that records of a key may be processed in another order',
    );
}

const refused = (topic: string, reason: string, advice: string): MedallionError =>
  new MedallionError('MED_PARTITIONS_REFUSED', { topic, reason, advice });

/** Topics that have fewer partitions; those that do not exist will be made with the right number. */
async function grownOf(
  scope: GrowthScope,
  log: RecordLog,
  topic: string,
  partitions: number,
): Promise<readonly GrownTopic[]> {
  const sources = new Set(scope.sources);
  const grown: GrownTopic[] = [];
  for (const each of [...scope.sources, ...scope.own, ...scope.beside.map((beside) => beside.topic)]) {
    const from = (await log.partitions(each))?.length;
    if (from === undefined) {
      if (sources.has(each)) throw new MedallionError('MED_TOPIC_MISSING', { topic: each });
    } else if (from > partitions)
      throw refused(topic, `${each} has ${from} partitions, and Kafka takes none away`, `ask for ${from} or more`);
    else if (from < partitions) grown.push({ topic: each, from });
  }
  return grown;
}

async function runningOf(scope: GrowthScope, admin: Pick<LogAdmin, 'members'>): Promise<readonly Running[]> {
  const each = await Promise.all(
    scope.groups.map(async ({ group, service }) => ({ group, service, members: await admin.members(group) })),
  );
  return each.filter(({ members }) => members.length > 0);
}

async function behindOf(
  plan: PipelinePlan,
  { tables, beside }: GrowthScope,
  log: RecordLog,
): Promise<GrowthLook['behind']> {
  const flows = [
    ...tables.flatMap(flowsOf).map((flow) => ({ flow, topic: undefined })),
    ...beside.map(({ flow, topic }) => ({ flow, topic })),
  ];
  const each = await Promise.all(
    flows.map(async ({ flow, topic }) => ({
      flow: flow.name,
      records: unreadIn((await readingsOfFlow(log, plan, flow, topic)) ?? []),
    })),
  );
  return each.filter(({ records }) => records > 0);
}
