import assert from 'node:assert/strict';
import { isMedallionError } from '@medallion/core';
import type { AnyTable } from '../declaration.ts';
import { type PipelinePlan, pipeline, type TablePlan } from '../index.ts';

/** What the compiler would refuse: names that are no columns, values of other types. */
export const untyped = (value: unknown) => value as never;

/** The mistakes that a pipeline of these tables is refused for, one a line. */
export function problemsOf(tables: readonly AnyTable[], name = 'shop'): readonly string[] {
  try {
    pipeline(name, { tables });
  } catch (error) {
    assert.ok(isMedallionError(error) && error.code === 'MED_PIPELINE_INVALID', String(error));
    return String((error.details as { problems: string }).problems)
      .split('\n')
      .filter((line) => line.startsWith('- '));
  }
  return [];
}

/** Asserts that a pipeline of these tables is refused for these mistakes and no others, in this order. */
export function isRefused(tables: readonly AnyTable[], ...messages: readonly RegExp[]): void {
  const problems = problemsOf(tables);
  assert.equal(problems.length, messages.length, problems.join('\n') || 'no problems');
  for (const [i, message] of messages.entries()) assert.match(problems[i] ?? '', message);
  for (const problem of problems) assert.match(problem, /^- .+: .+; .+$/, 'each has its remedy');
}

/** The plan of the last of these tables. */
export function planOf<Kind extends TablePlan['kind']>(
  kind: Kind,
  ...tables: readonly AnyTable[]
): Extract<TablePlan, { kind: Kind }> {
  const plan: PipelinePlan = pipeline('shop', { tables });
  const found = plan.tables.find((table) => table.name === tables.at(-1)?.name);
  assert.ok(found?.kind === kind);
  return found as Extract<TablePlan, { kind: Kind }>;
}

/** The columns of a table as text: `id string`, `at timestamp?`. */
export const columnsOf = (plan: TablePlan): readonly string[] =>
  plan.schema.fields.map((field) => `${field.name} ${field.type.kind}${field.nullable ? '?' : ''}`);
