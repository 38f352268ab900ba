import { type Log, MedallionError, silentLog } from '@medallion/core';
import { loadPipeline } from '@medallion/host';
import { createRegistryCodecs } from '@medallion/kafka';
import type { PipelinePlan } from '@medallion/pipeline';
import { createTableStore, whileMigrating } from '@medallion/postgres';
import { columnsGained, externalTopicsOf, migrateLog } from '@medallion/runtime';
import { type Answer, EXIT, type Surroundings } from '../answer.ts';
import { databaseUrlOf, registryOf, withLog } from '../connect.ts';
import { type Refusal, rehearse, type Step } from '../rehearse.ts';

type Flag = string | boolean | undefined;

/** What became of one pipeline. */
type Migrated = {
  readonly pipeline: string;
  readonly steps: readonly Step[];
  readonly refused: readonly Refusal[];
  /** What an administrator has to do. */
  readonly hints: readonly string[];
  readonly done: boolean;
};

/** As the producers of this repository make their topics. */
const SOURCE = { retentionMs: 7 * 86_400_000, maxMessageBytes: 2_097_152 };
/** Jobs of several releases may meet; more than a migration takes. */
const WAIT_MS = 60_000;

/**
 * `medallion migrate`: makes and changes in Kafka, the registry and Postgres what a start of the services would, so that these
 * need no right to (MIGRATE=verify). One at a time; what is there already stays. Exit code 3 when a pipeline was refused, or
 * something would be lost without `--allow`: then nothing is done for any.
 */
export async function migrate(
  names: readonly string[],
  { dryRun, allow, sources }: { readonly dryRun?: Flag; readonly allow?: Flag; readonly sources?: Flag },
  around: Surroundings,
): Promise<Answer> {
  const partitions = partitionsOf(sources);
  const plans = await Promise.all(names.map((name) => loadPipeline(name)));
  const work = async (): Promise<readonly Migrated[]> => {
    const rehearsed: Migrated[] = [];
    for (const plan of plans)
      rehearsed.push({
        ...{ pipeline: plan.name, hints: [], done: false },
        ...(await rehearse(plan, around, partitions)),
      });
    if (dryRun || rehearsed.some((each) => isStopped(each, allow))) return rehearsed;
    const done: Migrated[] = [];
    for (const [i, plan] of plans.entries())
      done.push({ ...rehearsed[i]!, hints: await migrateOne(plan, around, partitions), done: true });
    return done;
  };
  const results = dryRun ? await work() : await whileMigrating(databaseUrlOf(around), work, WAIT_MS);
  return {
    data: results,
    lines: results.flatMap((each) => linesOf(each, allow)),
    exit: results.some((each) => isStopped(each, allow)) ? EXIT.checksFailed : EXIT.fine,
  };
}

const isStopped = ({ refused, steps }: Migrated, allow: Flag): boolean =>
  refused.length > 0 || (!allow && steps.some(({ destructive }) => destructive));

/** What an administrator has still to do. */
async function migrateOne(
  plan: PipelinePlan,
  around: Surroundings,
  sources: number | null,
): Promise<readonly string[]> {
  const hints: string[] = [];
  const log: Log = { ...silentLog, warn: (_, message) => void hints.push(message) };
  const codecs = createRegistryCodecs(registryOf(around));
  await withLog(around, async (records) => {
    if (sources !== null)
      for (const topic of externalTopicsOf(plan))
        if ((await records.partitions(topic)) === null)
          await records.ensureTopics([{ topic, partitions: sources, ...SOURCE }]);
    await migrateLog(plan, records, codecs);
    const store = createTableStore({ databaseUrl: databaseUrlOf(around), log, applicationName: 'medallion-migrate' });
    try {
      await store.migrate(plan);
      for (const [table, columns] of await columnsGained(plan, records, codecs)) await store.addColumns(table, columns);
    } finally {
      await store.close();
    }
  });
  return hints;
}

function partitionsOf(sources: Flag): number | null {
  if (sources === undefined) return null;
  const partitions = Number(sources);
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= 10_000) return partitions;
  throw new MedallionError('MED_CONFIG_INVALID', { problems: `--sources: "${sources}" is no number of partitions` });
}

function linesOf({ pipeline, steps, refused, hints, done }: Migrated, allow: Flag): readonly string[] {
  const lost = steps.filter(({ destructive }) => destructive).length;
  const what = steps.length === 0 ? 'nothing to do' : `${steps.length} ${steps.length === 1 ? 'thing' : 'things'}`;
  return [
    `${pipeline}: ${what}${steps.length > 0 ? (done ? ' made or changed' : ' to make or change') : ''}`,
    ...steps.map(
      (step) =>
        `${step.destructive ? '!' : '+'} ${step.where.padEnd(8)} ${step.what}: ${step.change}${step.destructive ? ' (destructive)' : ''}`,
    ),
    ...refused.map(({ code, message }) => `✗ ${message.startsWith(code) ? message : `${code}: ${message}`}`),
    ...(lost > 0 && !allow ? [`${lost} destructive: --allow says that this is meant`] : []),
    ...hints.map((hint) => `→ ${hint}`),
  ];
}
