import type { Field } from '@medallion/schema';
import { fits } from './comparable.ts';
import type { Context } from './compile-context.ts';
import { type Input, inputOf, keyAfter } from './compile-source.ts';
import { compileSteps, type Steps } from './compile-steps.ts';
import type { FlowDeclaration, Operation } from './declaration.ts';
import { quoted, type Report } from './mistakes.ts';
import { judgeFlowName } from './names.ts';
import type { FlowPlan, StepPlan } from './plan.ts';
import { typeText } from './type-text.ts';

/** The flows of a table as plans, and the rows that they leave. */
export type Flows = Omit<Steps, 'steps'> & {
  readonly flows: readonly FlowPlan[];
  /** The column that the key of every record holds; null where flows differ. */
  readonly key: string | null;
};

/** The flows of a table: the first says which columns there are, the table's operations are for all of them. */
export function compileFlows(
  table: string,
  declared: readonly FlowDeclaration[],
  operations: readonly Operation[],
  context: Context,
): Flows {
  const { report } = context;
  judgeNames(declared, report);
  const named = declared.map((flow) => (flow.name === null ? table : `${table}.${flow.name}`));
  const inputs = declared.map((flow, i) => inputOf(flow, named[i]!, context));
  const columns = inputs[0]?.fields ?? [];
  const { steps, fields, eventTime } = compileSteps(operations, columns, context);
  const flows = inputs.map((input, i): FlowPlan => {
    const { source, views } = input;
    const own = [...input.steps, ...(i === 0 ? [] : adaptation(input, columns, named[i]!, report)), ...steps];
    return { name: named[i]!, source, views, steps: own, once: declared[i]!.once };
  });
  judgeDedupe(flows, steps, report);
  judgePartitions(flows, report);
  const keys = new Set(inputs.map(({ key }) => keyAfter(steps, key)));
  return { flows, fields, eventTime, key: keys.size === 1 ? [...keys][0]! : null };
}

function judgeNames(declared: readonly FlowDeclaration[], report: Report): void {
  const names = new Set<string | null>();
  for (const { name } of declared) {
    if (names.has(name)) report(`two of its flows are named "${name}"`, 'give each a name of its own');
    if (name !== null) judgeFlowName(name, report);
    names.add(name);
  }
}

/** Makes the rows of a later flow those of the table, which the first flow declares. */
function adaptation(input: Input, columns: readonly Field[], flow: string, report: Report): readonly StepPlan[] {
  const missing = columns.filter(({ name }) => !input.fields.some((field) => field.name === name));
  if (missing.length > 0)
    report(
      `flow "${flow}" has no ${quoted(missing.map(({ name }) => name))}, which the first flow brings`,
      'derive the column in a view that the flow reads, or leave it out of the first flow',
    );
  for (const column of columns) {
    const field = input.fields.find(({ name }) => name === column.name);
    if (field !== undefined && (!fits(field.type, column.type) || (field.nullable && !column.nullable)))
      report(
        `flow "${flow}" brings "${field.name}" as ${typeText(field.type)}${field.nullable ? ' or null' : ''}, the first flow as ${typeText(column.type)}`,
        'give the columns of all flows one type',
      );
  }
  const others = input.fields.map(({ name }) => name).filter((name) => !columns.some((column) => column.name === name));
  return others.length === 0 ? [] : [{ kind: 'omit', columns: others }];
}

/** A set of what was seen is kept by flow: a row that came by another flow would not be found in it. */
function judgeDedupe(flows: readonly FlowPlan[], steps: readonly StepPlan[], report: Report): void {
  if (flows.length > 1 && steps.some(({ kind }) => kind === 'dedupe'))
    report(
      'it drops duplicates of several flows, each of which knows its own rows only',
      'dedupe the tables that the flows read, or declare a table .from() this one and dedupe there',
    );
}

/** Files are spread over the partitions of the table that they feed, which has one number of them. */
function judgePartitions(flows: readonly FlowPlan[], report: Report): void {
  const counts = new Set(flows.flatMap(({ source }) => (source.kind === 'files' ? [source.partitions] : [])));
  if (counts.size > 1)
    report(`its flows read files into ${[...counts].join(' and ')} partitions`, 'give all of them the same number');
}
