import { assertNever, MedallionError } from '@medallion/core';
import { compileChangeFeed } from './compile-change-feed.ts';
import type { Context } from './compile-context.ts';
import { compileKeyedTable } from './compile-keyed-table.ts';
import { compileRelationalView } from './compile-relational-view.ts';
import { compileRowView } from './compile-row-view.ts';
import { compileStreamingTable } from './compile-streaming-table.ts';
import { compileView } from './compile-view.ts';
import type { AnyTable } from './declaration.ts';
import { deepFreeze } from './freeze.ts';
import { hashOf } from './hash.ts';
import { judgeFiles } from './judge-files.ts';
import { judgeSubjects } from './judge-subjects.ts';
import { judgeTopics } from './judge-topics.ts';
import { Mistakes, type Report } from './mistakes.ts';
import { judgePipelineName, schemaNameOf } from './names.ts';
import type { PipelinePlan, TablePlan, WorkersPlan } from './plan.ts';
import { inOrder } from './table-order.ts';

/** What may be said of a pipeline. */
export type PipelineOptions = {
  /** Every table of it, views included, in any order. */
  readonly tables: readonly AnyTable[];
  /** `triggered` processes what is there and ends; `continuous` goes on and on, and is the default. */
  readonly mode?: PipelinePlan['mode'];
  /** Fails at the first error that might pass, instead of trying again. False by default. */
  readonly development?: boolean;
  /**
   * How many instances of a service work at it. `min` is for who starts them; of those that there are, at most `max` have
   * partitions of a flow, and the others take over when one goes. 1 and no limit by default.
   */
  readonly workers?: { readonly min?: number; readonly max?: number };
  /** The Postgres schema of its tables; the pipeline's name with `_` by default. */
  readonly schema?: string;
};

/**
 * Puts tables together to a pipeline: its plan, frozen and valid, every table after those that it reads.
 * Throws MED_PIPELINE_INVALID with every mistake at once.
 *
 * @example export default pipeline('santa-deliveries', { tables: [bronze, silver, byRegion] })
 */
export function pipeline(name: string, options: PipelineOptions): PipelinePlan {
  const mistakes = new Mistakes();
  const schemaName = options.schema ?? schemaNameOf(name);
  const report: Report = (what, remedy) => mistakes.add('pipeline', what, remedy);
  judgePipelineName(name, schemaName, report);
  const workers = workersOf(options.workers, report);
  if (options.tables.length === 0) report('it has no tables', 'list them in `tables`');

  const tables = inOrder(options.tables, mistakes);
  const plans = new Map<string, TablePlan>();
  for (const table of tables) plans.set(table.name, compile(name, table, plans, mistakes));
  judgeTopics([...plans.values()], mistakes);
  judgeFiles([...plans.values()], mistakes);
  judgeSubjects([...plans.values()], mistakes);

  if (mistakes.found.length > 0)
    throw new MedallionError('MED_PIPELINE_INVALID', { pipeline: name, problems: mistakes.toString() });
  const hashed = [...plans.values()].map((plan) => ({ ...plan, hash: hashOf(plan) }));
  const { mode = 'continuous', development = false } = options;
  return deepFreeze({ name, schemaName, mode, development, ...(workers === null ? {} : { workers }), tables: hashed });
}

function compile(
  pipelineName: string,
  table: AnyTable,
  plans: ReadonlyMap<string, TablePlan>,
  mistakes: Mistakes,
): TablePlan {
  const context: Context = {
    pipeline: pipelineName,
    // A source that nobody listed was reported; its columns are still needed to judge this table.
    planOf: (source) => plans.get(source.name) ?? compile(pipelineName, source, plans, new Mistakes()),
    report: (what, remedy) => mistakes.add(`table "${table.name}"`, what, remedy),
  };
  const { declaration } = table;
  switch (declaration.kind) {
    case 'streaming_table':
      return compileStreamingTable(declaration, context);
    case 'view':
      return compileRowView(declaration, context);
    case 'keyed_table':
      return compileKeyedTable(declaration, context);
    case 'materialized_view':
      return compileView(declaration, context.planOf(declaration.source), context.report);
    case 'relational_view':
      return compileRelationalView(declaration, context);
    case 'change_feed':
      return compileChangeFeed(declaration, context);
    default:
      return assertNever(declaration, 'declaration');
  }
}

/** The limits of workers as a plan; null where nothing is said of them. */
function workersOf(workers: PipelineOptions['workers'], report: Report): WorkersPlan | null {
  if (workers === undefined) return null;
  const { min = 1, max = Number.MAX_SAFE_INTEGER } = workers;
  for (const [name, count] of Object.entries({ min, max }))
    if (!Number.isSafeInteger(count) || count < 1)
      report(`its workers have ${name} ${count}`, 'use a whole number from 1');
  if (min > max) report(`its workers are at least ${min} and at most ${max}`, 'let min be no more than max');
  return { min, max };
}
