import { assertNever, type Instant } from '@medallion/core';
import { createJudge, Dedupe, type Expectation, isFuture, watermarkAfter } from '@medallion/operators';
import { type Action, AUDIT, type EventTimePlan, type StepPlan } from '@medallion/pipeline';
import { type AnyRow, decimalNear, decimalUnits, type FieldType, type RowSchema, type Value } from '@medallion/schema';
import type { Violation } from '../ports/index.ts';
import { type ExplodePlan, elementsOf } from './explode.ts';
import { type JoinedTables, joinStep, noTables } from './join-step.ts';
import { FILTERED, KEPT, NONE, refused, type Step, type Stepped, short, type Trail } from './step.ts';

/** A row that came out of the steps, or where it ended in them. */
export type Ended = { readonly row: AnyRow; readonly stepped: Stepped };

/** The steps of one flow over one input partition, with the state that they keep: watermark and dedupe. */
export class RowSteps {
  /** The steps up to the first `explode`, those up to the next one, and so on. */
  readonly #segments: readonly (readonly Step[])[];
  readonly #first: readonly Step[];
  readonly #explodes: readonly ExplodePlan[];
  readonly #tables: JoinedTables;
  readonly #counted = { unmatched: 0 };
  /** Whether a step can stop the flow. */
  readonly mayFail: boolean;
  readonly #dedupe: { readonly by: string; readonly eventTime: string; readonly state: Dedupe } | null;
  readonly #eventTime: EventTimePlan | null;
  #watermark: Instant;

  constructor(
    steps: readonly StepPlan[],
    eventTime: EventTimePlan | null,
    watermark: Instant,
    tables: JoinedTables = noTables,
  ) {
    this.#watermark = watermark;
    this.#eventTime = eventTime;
    this.#tables = tables;
    const dedupe = steps.find((step) => step.kind === 'dedupe');
    this.#dedupe =
      dedupe === undefined
        ? null
        : { by: dedupe.by, eventTime: eventTime?.column as string, state: new Dedupe(dedupe.withinMs) };
    this.#explodes = steps.filter((step) => step.kind === 'explode');
    const segments: Step[][] = [[]];
    for (const step of steps)
      if (step.kind === 'explode') segments.push([]);
      else segments.at(-1)!.push(...this.#compile(step));
    this.#segments = segments;
    this.#first = segments[0]!;
    this.mayFail = steps.some((step) =>
      step.kind === 'judge'
        ? step.expectations.some(({ action }) => action === 'fail')
        : step.kind === 'dedupe' && step.rule?.action === 'fail',
    );
  }

  /** Whether one row may become several: then `applyEach` takes it through the steps. */
  get explodes(): boolean {
    return this.#explodes.length > 0;
  }

  /** Takes a row through all steps; no state moves. */
  apply(row: AnyRow): Stepped {
    const trail: Trail = { judged: false, warned: NONE };
    return run(this.#first, row, trail);
  }

  /**
   * Takes a row through all steps, each of the rows that it becomes after the other (X1, X2). No state moves but by `keep`,
   * which may be called with a row before the next one is asked for.
   */
  applyEach(row: AnyRow): Generator<Ended> {
    return this.#from(0, row, { judged: false, warned: NONE });
  }

  *#from(segment: number, row: AnyRow, trail: Trail): Generator<Ended> {
    const stepped = run(this.#segments[segment]!, row, trail);
    const explode = this.#explodes[segment];
    if (stepped.kind !== 'kept' || explode === undefined) {
      yield { row, stepped };
      return;
    }
    let none = true;
    for (const element of elementsOf(explode, row)) {
      none = false;
      yield* this.#from(segment + 1, element, { ...trail });
    }
    if (none) yield { row, stepped: FILTERED };
  }

  /** Rows that found no match in a join since the last call. */
  takeUnmatched(): number {
    const { unmatched } = this.#counted;
    this.#counted.unmatched = 0;
    return unmatched;
  }

  /** Moves the state by a row that `apply` kept (D4, W2, W4). */
  keep(row: AnyRow): void {
    if (this.#eventTime !== null) {
      const eventTime = row[this.#eventTime.column] as Instant;
      this.#watermark = watermarkAfter(this.#watermark, eventTime, this.#eventTime.watermarkDelayMs);
    }
    if (this.#dedupe === null) return;
    const { by, eventTime, state } = this.#dedupe;
    state.accept((row[by] ?? null) as string | number | null, row[eventTime] as Instant);
  }

  get watermark(): Instant {
    return this.#watermark;
  }

  /** Takes a row that was kept before into the state again, as it stands in the table, however often and in whatever order. */
  restore(row: AnyRow): void {
    if (this.#dedupe === null) return;
    const { by, eventTime, state } = this.#dedupe;
    state.restore((row[by] ?? null) as string | number | null, row[eventTime] as Instant);
  }

  /** The rows kept since the last call were written from this offset on. */
  written(offset: number): void {
    this.#dedupe?.state.written(offset);
  }

  /** From where the table's own partition must be read to rebuild the state; null for nothing. */
  restoreFrom(): number | null {
    return this.#dedupe?.state.restoreFrom() ?? null;
  }

  get entries(): number {
    return this.#dedupe?.state.size ?? 0;
  }

  #compile(step: Exclude<StepPlan, ExplodePlan>): Step[] {
    switch (step.kind) {
      case 'judge':
        return [judgeStep(step.expectations as readonly Expectation<Value>[])];
      case 'event_time':
        return [eventTimeStep(step)];
      case 'dedupe': {
        const { by, state } = this.#dedupe!;
        return [
          (row, trail) => {
            const id = row[by];
            if (step.rule !== undefined) trail.judged = true;
            if (id === null || id === undefined || !state.isDuplicate(id as string | number)) return null;
            if (step.rule !== undefined) return broken([step.rule], step.rule.action, trail);
            return refused(trail, 'duplicate', `${by} was seen within ${step.withinMs / 1000} s of event time`);
          },
        ];
      }
      case 'derive':
        return [deriveStep(step.columns)];
      case 'omit':
        // The encoder writes the columns of the table's schema only.
        return [];
      case 'where':
        return [
          (row, trail) => {
            try {
              return step.test(row) === true ? null : FILTERED;
            } catch (error) {
              return refused(trail, 'derive_failed', `the condition "${step.text}" threw: ${short(error)}`);
            }
          },
        ];
      case 'join':
        return [joinStep(step, this.#tables, this.#eventTime, this.#counted)];
      default:
        return assertNever(step, 'step');
    }
  }
}

function run(steps: readonly Step[], row: AnyRow, trail: Trail): Stepped {
  for (let i = 0; i < steps.length; i++) {
    const ended = steps[i]!(row, trail);
    if (ended !== null) return ended === FILTERED && trail.judged ? { ...ended, ...trail } : ended;
  }
  return trail.warned === NONE ? KEPT : { kind: 'kept', warned: trail.warned };
}

function judgeStep(expectations: readonly Expectation<Value>[]): Step {
  const judge = createJudge(expectations);
  return (row, trail) => {
    const verdict = judge(row);
    trail.judged = true;
    return verdict.action === null ? null : broken(verdict.broken, verdict.action, trail);
  };
}

type BrokenRule = { readonly name: string; readonly action: Action; readonly text: string };

/** What becomes of a row that broke rules, of which the strongest has this action. */
function broken(rules: readonly BrokenRule[], action: Action, trail: Trail): Stepped | null {
  const warned = rules.filter((rule) => rule.action === 'warn').map(({ name }) => name);
  if (warned.length > 0) trail.warned = [...trail.warned, ...warned];
  if (action === 'warn') return null;
  const violations: readonly Violation[] = rules.map((rule) => ({
    expectation: rule.name,
    action: rule.action,
    rule: rule.text,
  }));
  const reason = `broke ${violations.map((violation) => violation.expectation).join(', ')}`;
  const outcome = refused(trail, action === 'drop' ? 'dropped' : 'violation', reason, violations);
  if (action !== 'fail') return outcome;
  const failed = rules.filter((rule) => rule.action === 'fail').map(({ name }) => name);
  return { kind: 'failed', rules: failed, refusal: outcome.refusal };
}

function eventTimeStep(step: Extract<StepPlan, { kind: 'event_time' }>): Step {
  return (row, trail) => {
    const eventTime = row[step.column] as Instant;
    if (isFuture(eventTime, row[AUDIT.ingestedAt] as Instant, step.maxFutureSkewMs))
      return refused(
        trail,
        'future',
        `${step.column} is more than ${step.maxFutureSkewMs / 1000} s ahead of its ingestion`,
      );
    return null;
  };
}

function deriveStep(columns: Extract<StepPlan, { kind: 'derive' }>['columns']): Step {
  return (row, trail) => {
    for (let i = 0; i < columns.length; i++) {
      const { field, compute } = columns[i]!;
      let value: Value | undefined;
      try {
        value = compute(row);
      } catch (error) {
        return refused(trail, 'derive_failed', `computing ${field.name} threw: ${short(error)}`);
      }
      if (value === undefined) value = null;
      // What was calculated in doubles is a hair's breadth away from the decimal that is meant (V3).
      if (field.type.kind === 'decimal' && typeof value === 'number') value = decimalNear(value, field.type) ?? value;
      if (!(value === null ? field.nullable : fits(field.type, value)))
        return refused(trail, 'derive_failed', `the computed ${field.name} is no ${field.type.kind}`);
      row[field.name] = value;
    }
    return null;
  };
}

function fits(type: FieldType, value: NonNullable<Value>): boolean {
  switch (type.kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
    case 'date':
      return typeof value === 'number' && (value | 0) === value;
    case 'long':
    case 'timestamp':
      return Number.isSafeInteger(value);
    case 'double':
      return Number.isFinite(value);
    case 'string':
      return typeof value === 'string' && !value.includes('\0') && value.isWellFormed();
    case 'enum':
      return type.symbols.includes(value as string);
    case 'decimal':
      return decimalUnits(value, type) !== null;
    case 'list':
      return Array.isArray(value) && value.every((row) => fitsRow(type.of, row));
    default:
      return assertNever(type, 'field type');
  }
}

function fitsRow(schema: RowSchema, row: unknown): boolean {
  if (typeof row !== 'object' || row === null) return false;
  return schema.fields.every(({ name, type, nullable }) => {
    const value = (row as AnyRow)[name] ?? null;
    return value === null ? nullable : fits(type, value);
  });
}
