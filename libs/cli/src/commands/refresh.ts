import { userInfo } from 'node:os';
import { assertNever, MedallionError } from '@medallion/core';
import { loadPipeline } from '@medallion/host';
import type { PipelinePlan, TablePlan } from '@medallion/pipeline';
import { refreshView } from '@medallion/postgres';
import { type Answer, fine, type Surroundings } from '../answer.ts';
import { databaseUrlOf } from '../connect.ts';
import { refreshTable } from '../refresh-table.ts';
import { refreshWindows } from '../refresh-windows.ts';

type Flag = string | boolean | undefined;

/** The options of the command, as commander gives them. */
export type RefreshFlags = {
  readonly full?: Flag;
  readonly allowLoss?: Flag;
  readonly withLate?: Flag;
  readonly by?: Flag;
};

/** What is refreshed, and how. */
export type RefreshRequest = {
  readonly plan: PipelinePlan;
  /** Does it; else says what it would do. */
  readonly full: boolean;
  readonly allowLoss: boolean;
  readonly withLate: boolean;
  readonly by: string;
};

/**
 * `medallion refresh`: computes a table anew. Views over tables in Postgres at once; windowed views with `--full`, beside the
 * gold service; streaming and keyed tables with `--full` and all that depends on them, while no service runs. Without
 * `--full` it says what it would do: exit code 3.
 */
export async function refresh(
  [name, table]: readonly string[],
  { full, allowLoss, withLate, by }: RefreshFlags,
  around: Surroundings,
): Promise<Answer> {
  const plan = await loadPipeline(name as string);
  const found = plan.tables.find((each) => each.name === table);
  if (found === undefined)
    throw new MedallionError('MED_CONFIG_INVALID', {
      problems: `${plan.name} has no table "${table}", only ${plan.tables.map((each) => each.name).join(', ')}`,
    });
  const request: RefreshRequest = {
    plan,
    full: full === true,
    allowLoss: allowLoss === true,
    withLate: withLate === true,
    by: typeof by === 'string' ? by : userInfo().username,
  };
  return refreshOf(request, found, around);
}

function refreshOf(request: RefreshRequest, table: TablePlan, around: Surroundings): Promise<Answer> {
  switch (table.kind) {
    case 'relational_view':
      return computed(request.plan, table.name, around);
    case 'materialized_view':
      return refreshWindows(request, table, around);
    case 'streaming_table':
    case 'keyed_table':
      return refreshTable(request, table, around);
    case 'view':
    case 'change_feed':
      throw new MedallionError('MED_REFRESH_REFUSED', {
        table: table.name,
        reason: `a ${table.kind.replaceAll('_', ' ')} ${table.kind === 'view' ? 'keeps no rows of its own' : 'is what has happened'}`,
        advice: `refresh ${table.source}, which it reads`,
      });
    default:
      return assertNever(table, 'table');
  }
}

async function computed(plan: PipelinePlan, view: string, { env }: Surroundings): Promise<Answer> {
  const started = performance.now();
  await refreshView(databaseUrlOf({ env }), plan, view);
  const seconds = (performance.now() - started) / 1_000;
  return fine({ pipeline: plan.name, table: view, seconds }, [
    `${view} and what depends on it equal their inputs again, after ${seconds.toFixed(1)} s`,
  ]);
}
