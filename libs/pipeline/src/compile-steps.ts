import type { Field } from '@medallion/schema';
import { ColumnSet } from './column-set.ts';
import type { Context } from './compile-context.ts';
import { compileExplode } from './compile-explode.ts';
import { compileJoin } from './compile-join.ts';
import { Rules } from './compile-rules.ts';
import { compileCondition } from './compile-sql.ts';
import type { Operation } from './declaration.ts';
import { judgeDuration } from './judge-options.ts';
import { quoted, type Report } from './mistakes.ts';
import { AUDIT, type EventTimePlan, type StepPlan } from './plan.ts';

/** Operations as steps, and the rows that they leave. */
export type Steps = {
  readonly steps: StepPlan[];
  readonly fields: readonly Field[];
  readonly eventTime: EventTimePlan | null;
};

/** Expectations that only these come between are judged together. */
const OF_RULES: ReadonlySet<Operation['kind']> = new Set(['expect', 'constraint', 'fail_when']);

/** The operations of a table or view as steps, over rows with the columns of `input`. */
export function compileSteps(operations: readonly Operation[], input: readonly Field[], context: Context): Steps {
  const { report } = context;
  const columns = new ColumnSet(input, report);
  const steps: StepPlan[] = [];
  const rules = new Rules(steps, report);
  let eventTime: EventTimePlan | null = null;

  for (const operation of operations) {
    if (!OF_RULES.has(operation.kind)) rules.endJudgement();
    switch (operation.kind) {
      case 'expect':
      case 'constraint':
        rules.expect(operation, columns);
        break;
      case 'fail_when':
        rules.failWhen(operation);
        break;
      case 'derive': {
        const derived = Object.entries(operation.columns).map(([name, column]) => ({
          field: { name, type: column.type, nullable: column.nullable },
          compute: column.compute,
        }));
        for (const { field } of derived) columns.add(field);
        steps.push({ kind: 'derive', columns: derived });
        break;
      }
      case 'event_time':
        if (eventTime !== null) report('it declares its event time twice', 'keep one of them');
        judgeEventTime(operation, columns, report);
        {
          // What closes windows is no business of the flow.
          const { closeWhenSilentMs, ...step } = operation;
          const { column, watermarkDelayMs } = step;
          eventTime = { column, watermarkDelayMs, ...(closeWhenSilentMs === undefined ? {} : { closeWhenSilentMs }) };
          steps.push(step);
        }
        break;
      case 'dedupe':
        rules.dedupe(operation, columns, eventTime !== null);
        break;
      case 'omit':
        for (const column of operation.columns) if (columns.find(column, 'omit')) columns.remove(column);
        steps.push({ kind: 'omit', columns: operation.columns });
        break;
      case 'select':
        steps.push({ kind: 'omit', columns: select(operation.columns, columns, report) });
        break;
      case 'where': {
        const { text, test } = compileCondition(operation.condition, columns, 'where', report);
        steps.push({ kind: 'where', text, test });
        break;
      }
      case 'explode':
        steps.push(compileExplode(operation, columns, report));
        break;
      case 'join':
        steps.push(compileJoin(operation, columns, eventTime, context));
        break;
    }
  }
  judgeOmissions(steps, columns, report);
  return { steps, fields: columns.all, eventTime };
}

/** Keeps the selected columns in the order in which they are named, and returns the others. */
function select(names: readonly string[], columns: ColumnSet, report: Report): readonly string[] {
  const kept = names.flatMap((name) => columns.find(name, 'select') ?? []);
  if (new Set(names).size !== names.length)
    report(`select names ${quoted(names.filter((name, i) => names.indexOf(name) !== i))} twice`, 'name each once');
  if (names.length === 0) report('select keeps no column', 'name at least one');
  const others = columns.all.map(({ name }) => name).filter((name) => !names.includes(name));
  for (const { name } of columns.all) columns.remove(name);
  for (const field of kept) columns.replace(field);
  return others;
}

function judgeEventTime(step: Operation & { kind: 'event_time' }, columns: ColumnSet, report: Report): void {
  const field = columns.find(step.column, 'eventTime');
  if (field !== undefined && (field.type.kind !== 'timestamp' || field.nullable))
    report(
      `event time column "${step.column}" is ${field.nullable ? 'nullable ' : ''}${field.type.kind}`,
      'choose a timestamp that is never null, or check it first: .expectOrQuarantine(name, column, isoInstant)',
    );
  if (!columns.has(AUDIT.ingestedAt))
    report(
      `it has no ${AUDIT.ingestedAt}, by which rows from the future are told`,
      `keep ${AUDIT.ingestedAt} in the tables that it reads`,
    );
  judgeDuration('the watermark delay', step.watermarkDelayMs, 0, report);
  judgeDuration('maxFutureSkew', step.maxFutureSkewMs, 0, report);
  const { closeWhenSilentMs } = step;
  if (closeWhenSilentMs === undefined) return;
  judgeDuration('closeWhenSilentFor', closeWhenSilentMs, 1, report);
  if (closeWhenSilentMs < step.watermarkDelayMs)
    report(
      'closeWhenSilentFor is shorter than the watermark delay',
      'silence must not close windows sooner than rows do',
    );
}

/** State is rebuilt from the stored rows: what the steps remember must be in them. */
function judgeOmissions(steps: readonly StepPlan[], columns: ColumnSet, report: Report): void {
  const omitted = steps.flatMap((step) => (step.kind === 'omit' ? step.columns : []));
  for (const step of steps) {
    const needed = step.kind === 'event_time' ? step.column : step.kind === 'dedupe' ? step.by : null;
    if (needed !== null && omitted.includes(needed) && !columns.has(needed))
      report(`it omits "${needed}", which ${step.kind} needs after a restart`, 'keep that column');
  }
}
