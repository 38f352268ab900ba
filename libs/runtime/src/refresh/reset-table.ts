import { type Clock, isoString } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import { forgetDecisions } from '../decisions/forget-decisions.ts';
import type { FileSource, LogAdmin, RecordLog, ResetStore } from '../ports/index.ts';
import { createPipelineTopics } from '../topics.ts';
import { forgetErasedPlaces } from './forget-erased-places.ts';
import { type MissingFiles, missingFilesOf } from './missing-files.ts';
import { type MissingRange, missingOf } from './missing-input.ts';
import { noteRefresh, type Refresh, unfinishedRefreshes } from './refreshes.ts';
import { type Running, refused, refuseLoss, refuseRunning } from './refused.ts';
import { resetOf, type TableReset } from './reset-scope.ts';

/** What a rebuild from the input's start runs on. */
export type ResetParts = {
  readonly plan: PipelinePlan;
  readonly log: RecordLog;
  readonly admin: LogAdmin;
  readonly store: ResetStore;
  readonly clock: Clock;
  /** Where files land that the tables are made of; absent: nobody can say whether they are still there. */
  readonly files?: FileSource;
};

/** How a table is reset. */
export type ResetOptions = {
  /** Who does it; kept with the rebuild. */
  readonly by: string;
  /** Goes on although records that the tables were made of are gone. */
  readonly allowLoss: boolean;
};

/** What a reset takes away, and what stands in its way. */
export type ResetLook = {
  readonly scope: TableReset;
  readonly missing: readonly MissingRange[];
  readonly missingFiles: readonly MissingFiles[];
  readonly running: readonly Running[];
};

/** Says what `resetTable` would do, and does nothing. @throws MED_LOG_UNAVAILABLE */
export async function lookAtReset(
  { plan, log, admin, files }: Pick<ResetParts, 'plan' | 'log' | 'admin' | 'files'>,
  table: string,
): Promise<ResetLook> {
  const scope = resetOf(plan, table);
  const [missing, missingFiles, running] = await Promise.all([
    missingOf(log, scope.inputs),
    missingFilesOf(log, plan, scope.tables, files),
    runningOf(scope, admin),
  ]);
  return { scope, missing, missingFiles, running };
}

/**
 * Takes a streaming or keyed table, and all that depends on it, back to where it was before its first record (SPEC U7 to
 * U13): once the services run again, they make it anew.
 *
 *   note that it has begun ──▶ nobody runs? ──▶ Postgres ──▶ topics ──▶ groups ──▶ nothing came back? ──▶ note that it is done
 *
 * Every step may be done twice, and services refuse to start until the last one is done: so whoever was interrupted runs it
 * again.
 *
 * @throws MED_REFRESH_REFUSED, MED_REFRESH_BUSY
 */
export async function resetTable(parts: ResetParts, table: string, options: ResetOptions): Promise<ResetLook> {
  const { plan, log, store } = parts;
  const scope = resetOf(plan, table);
  return store.exclusively(async () => {
    const unfinished = await unfinishedRefreshes(log, plan.name);
    const other = unfinished.find((each) => each.table !== table);
    if (other !== undefined)
      throw refused(
        table,
        `the rebuild of ${other.table}, which ${other.by} began at ${other.at}, has not ended`,
        `end that first: medallion refresh ${plan.name} ${other.table} --full`,
      );
    const missing = await missingOf(log, scope.inputs);
    const missingFiles = await missingFilesOf(log, plan, scope.tables, parts.files);
    refuseLoss(table, missing, options.allowLoss, { compacted: scope.compacted, files: missingFiles });
    await refuseWhileRunning(parts, scope, options, unfinished.length > 0);
    await takeAway(parts, scope);
    await refuseWhatCameBack(parts, scope);
    await note(parts, scope, options, 'done');
    return { scope, missing, missingFiles, running: [] };
  });
}

/** Noted first: who starts from now on sees it. Who started before is among the members, now or when all is done. */
async function refuseWhileRunning(
  parts: ResetParts,
  scope: TableReset,
  options: ResetOptions,
  goesOn: boolean,
): Promise<void> {
  // Told without a note where it can be: services that run are not to be kept from starting again.
  if (!goesOn) refuseRunning(scope.table, await runningOf(scope, parts.admin));
  await note(parts, scope, options, 'begun');
  const running = await runningOf(scope, parts.admin);
  if (running.length > 0 && !goesOn) await note(parts, scope, options, 'refused');
  refuseRunning(scope.table, running);
}

async function takeAway({ plan, log, admin, store }: ResetParts, scope: TableReset): Promise<void> {
  await store.reset({ tables: scope.tables, topics: [...scope.topics, ...scope.redriveTopics] });
  const all = [...scope.topics, ...scope.redriveTopics];
  await forgetDecisions(log, plan, all);
  await forgetErasedPlaces(log, plan.name, all);
  const existing = await Promise.all(all.map((topic) => log.partitions(topic)));
  await admin.deleteTopics(all.filter((_, i) => existing[i] !== null));
  for (const { group } of scope.groups) await admin.forgetGroup(group);
  await createPipelineTopics(plan, log);
}

/** A service that had looked before the note, and joined its group after the members were asked for, may have written. */
async function refuseWhatCameBack({ log, admin }: ResetParts, scope: TableReset): Promise<void> {
  const advice = (services: string): string => `stop ${services}, every instance, then run the same command again`;
  const running = await runningOf(scope, admin);
  refuseRunning(scope.table, running);
  for (const topic of scope.topics)
    if ((await log.partitions(topic))?.some(({ high }) => high > 0))
      throw refused(scope.table, `records came into ${topic} meanwhile`, advice('the services'));
  for (const { group, topic, service } of scope.groups)
    if ((await log.partitions(topic)) !== null && (await log.committed(group, topic)).size > 0)
      throw refused(scope.table, `the group ${group} has read ${topic} meanwhile`, advice(service));
}

async function runningOf(scope: TableReset, admin: Pick<LogAdmin, 'members'>): Promise<readonly Running[]> {
  const groups = [...scope.groups, { group: scope.gold, service: 'gold-aggregate' }];
  const each = await Promise.all(
    groups.map(async ({ group, service }) => ({ group, service, members: await admin.members(group) })),
  );
  return each.filter(({ members }) => members.length > 0);
}

const note = (
  { plan, log, clock }: ResetParts,
  { table }: TableReset,
  { by }: ResetOptions,
  state: Refresh['state'],
): Promise<void> => noteRefresh(log, plan.name, { state, table, by, at: isoString(clock.now()) });
