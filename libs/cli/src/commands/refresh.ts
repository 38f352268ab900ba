import { MedallionError } from '@medallion/core';
import { localAddresses } from '@medallion/devstack';
import { loadPipeline } from '@medallion/host';
import type { PipelinePlan, TablePlan } from '@medallion/pipeline';
import { refreshView } from '@medallion/postgres';
import { inputTopicOf, type RecordLog } from '@medallion/runtime';
import { type Answer, fine, type Surroundings } from '../answer.ts';
import { withLog } from '../connect.ts';

/**
 * `medallion refresh`: computes a view over tables in Postgres anew. Tables that are made of topics are not rebuilt here:
 * it says why, and what is missing of their input.
 */
export async function refresh(
  [name, table]: readonly string[],
  { full = false }: { readonly full?: string | boolean | undefined },
  around: Surroundings,
): Promise<Answer> {
  const plan = await loadPipeline(name as string);
  const found = plan.tables.find((each) => each.name === table);
  if (found === undefined)
    throw new MedallionError('MED_CONFIG_INVALID', {
      problems: `${plan.name} has no table "${table}", only ${plan.tables.map((each) => each.name).join(', ')}`,
    });
  if (found.kind !== 'relational_view') return withLog(around, (log) => refuse(plan, found, full !== false, log));
  const started = performance.now();
  await refreshView(localAddresses(around.env).databaseUrl, plan, found.name);
  const seconds = (performance.now() - started) / 1_000;
  return fine({ pipeline: plan.name, table: found.name, seconds }, [
    `${found.name} and what depends on it equal their inputs again, after ${seconds.toFixed(1)} s`,
  ]);
}

async function refuse(plan: PipelinePlan, table: TablePlan, full: boolean, log: RecordLog): Promise<never> {
  const refused = (reason: string, advice: string): MedallionError =>
    new MedallionError('MED_REFRESH_REFUSED', { table: table.name, reason, advice });
  const topic = inputOf(plan, table);
  if (topic === null)
    throw refused(`a ${table.kind.replaceAll('_', ' ')} keeps no rows of its own`, 'refresh what it reads');
  if (!full)
    throw refused(
      'its rows are what was read so far, each change as it came',
      'with --full the command says whether its topic still holds everything',
    );
  const gone = ((await log.partitions(topic)) ?? []).filter(({ low }) => low > 0);
  if (gone.length > 0) {
    const ranges = gone.map(({ partition, low }) => `${topic}[${partition}] offsets 0 to ${low - 1}`).join(', ');
    throw refused(`retention has removed ${ranges}`, 'keep the table as it is: a rebuild would lose those rows');
  }
  throw refused(
    `this command does not rebuild tables that are made of topics; ${topic} still holds everything`,
    'raise its version: the services then refuse to start, and name the commands that rebuild it',
  );
}

/** The topic that a table is made of; null for what is never stored. */
function inputOf(plan: PipelinePlan, table: TablePlan): string | null {
  switch (table.kind) {
    case 'streaming_table':
      return inputTopicOf(plan, table.flows[0]!);
    case 'keyed_table':
      return inputTopicOf(plan, table.flow);
    case 'materialized_view': {
      const source = plan.tables.find(({ name }) => name === table.source);
      return source?.kind === 'streaming_table' ? source.topic : null;
    }
    default:
      return null;
  }
}
