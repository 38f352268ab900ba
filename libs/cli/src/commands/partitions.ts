import { MedallionError } from '@medallion/core';
import { loadPipeline } from '@medallion/host';
import { type GrowthLook, growTopics, lookAtGrowth } from '@medallion/runtime';
import { type Answer, EXIT, fine, type Surroundings } from '../answer.ts';
import { withAdmin } from '../connect.ts';

type Flag = string | boolean | undefined;

/** The options of the command, as commander gives them. */
export type PartitionsFlags = { readonly to?: Flag; readonly dryRun?: Flag; readonly undrained?: Flag };

/**
 * `medallion partitions`: gives a topic that a pipeline reads more partitions, and all topics of the pipeline that have its
 * count. With `--dry-run` it says what would grow and what stands in its way: exit code 3 where something does.
 */
export async function partitions(
  [name, topic]: readonly string[],
  { to, dryRun, undrained }: PartitionsFlags,
  around: Surroundings,
): Promise<Answer> {
  const plan = await loadPipeline(name as string);
  const count = Number(to);
  if (typeof to !== 'string' || !Number.isSafeInteger(count) || count < 1)
    throw new MedallionError('MED_CONFIG_INVALID', { problems: '--to is how many partitions the topic is to have' });
  const options = { partitions: count, undrained: undrained === true };
  return withAdmin(around, async (kafka) => {
    const parts = { plan, ...kafka };
    const look =
      dryRun === true
        ? await lookAtGrowth(parts, topic as string, options)
        : await growTopics(parts, topic as string, options);
    const grown = look.grown.map((each) => `  ${each.topic}: ${each.from} → ${count} partitions`);
    const data = { pipeline: plan.name, topic, partitions: count, ...look };
    const forgets = look.forgetful.map(
      (table) =>
        `${table} finds repetitions within a partition: what is sent again only now, to another one, counts twice`,
    );
    if (dryRun !== true)
      return fine(data, [
        ...(grown.length === 0 ? ['nothing to do: all topics have so many partitions'] : grown),
        ...(grown.length === 0 ? [] : [...forgets, 'start the services, then who writes the topic']),
      ]);
    const against = inTheWay(look, options.undrained);
    return {
      data,
      lines: [...(grown.length === 0 ? ['nothing would grow'] : ['would grow:', ...grown]), ...forgets, ...against],
      exit: against.length === 0 ? EXIT.fine : EXIT.checksFailed,
    };
  });
}

const inTheWay = ({ bound, running, behind, backfills }: GrowthLook, undrained: boolean): readonly string[] => [
  ...bound.map(({ table, reason }) => `${table} has to be rebuilt: ${reason}`),
  ...running.map(({ group, service, members }) => `stop ${service}: ${group} (${members.join(', ')})`),
  ...backfills.map((id) => `backfill ${id} has not ended`),
  ...(undrained ? [] : behind.map(({ flow, records }) => `${flow} has ${records} records to read`)),
];
