import { assertNever, type Instant, messageOf } from '@medallion/core';
import { createJudge, Dedupe, type Expectation, isFuture, watermarkAfter } from '@medallion/operators';
import { AUDIT, type EventTimePlan, type StepPlan } from '@medallion/pipeline';
import type { AnyRow, FieldType, Value } from '@medallion/schema';
import type { Violation } from '../ports/index.ts';
import type { Refusal } from '../protocol/trace.ts';

/** What the steps of a table made of a row, which they have changed in place. */
export type Stepped =
  | { readonly kind: 'kept'; readonly warned: readonly string[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Broke an `expectOrFail`: the flow stops here. */
  | { readonly kind: 'failed'; readonly rules: readonly string[] }
  | { readonly kind: 'filtered' };

const NONE: readonly string[] = Object.freeze([]);
const KEPT: Stepped = Object.freeze({ kind: 'kept', warned: NONE });
const FILTERED: Stepped = Object.freeze({ kind: 'filtered' });

/** The steps of one flow over one input partition, with the state that they keep: watermark and dedupe. */
export class RowSteps {
  readonly #steps: readonly ((row: AnyRow, trail: Trail) => Stepped | null)[];
  readonly #dedupe: { readonly by: string; readonly eventTime: string; readonly state: Dedupe } | null;
  readonly #eventTime: EventTimePlan | null;
  #watermark: Instant;

  constructor(steps: readonly StepPlan[], eventTime: EventTimePlan | null, watermark: Instant) {
    this.#watermark = watermark;
    this.#eventTime = eventTime;
    const dedupe = steps.find((step) => step.kind === 'dedupe');
    this.#dedupe =
      dedupe === undefined
        ? null
        : { by: dedupe.by, eventTime: eventTime?.column as string, state: new Dedupe(dedupe.withinMs) };
    this.#steps = steps.flatMap((step) => this.#compile(step));
  }

  /** Takes a row through all steps; no state moves. */
  apply(row: AnyRow): Stepped {
    const trail: Trail = { judged: false, warned: NONE };
    for (let i = 0; i < this.#steps.length; i++) {
      const ended = this.#steps[i]!(row, trail);
      if (ended !== null) return ended;
    }
    return trail.warned === NONE ? KEPT : { kind: 'kept', warned: trail.warned };
  }

  /** Moves the state by a row that `apply` kept (D4, W2, W4). */
  keep(row: AnyRow): void {
    if (this.#eventTime !== null) {
      const eventTime = row[this.#eventTime.column] as Instant;
      this.#watermark = watermarkAfter(this.#watermark, eventTime, this.#eventTime.watermarkDelayMs);
    }
    this.restore(row);
  }

  get watermark(): Instant {
    return this.#watermark;
  }

  /** Takes a row that was kept before into the state again, as it stands in the table. */
  restore(row: AnyRow): void {
    if (this.#dedupe !== null) this.#remember(row);
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

  #remember(row: AnyRow): void {
    const { by, eventTime, state } = this.#dedupe!;
    state.accept((row[by] ?? null) as string | number | null, row[eventTime] as Instant);
  }

  #compile(step: StepPlan): ((row: AnyRow, trail: Trail) => Stepped | null)[] {
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
            if (id === null || id === undefined || !state.isDuplicate(id as string | number)) return null;
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
      case 'explode':
      case 'join':
        throw new Error(`invariant violated: ${step.kind} makes other rows`);
      default:
        return assertNever(step, 'step');
    }
  }
}

/** What is known of a row on its way through the steps. */
type Trail = { judged: boolean; warned: readonly string[] };

/** An error's message as a reason: short, and without the NUL that Postgres refuses. */
const short = (error: unknown): string => messageOf(error).slice(0, 80).replaceAll('\0', '');

function refused(
  trail: Trail,
  outcome: Refusal['outcome'],
  reason: string,
  violations: readonly Violation[] = [],
): Stepped {
  return { kind: 'refused', refusal: { outcome, reason, violations, judged: trail.judged, warned: trail.warned } };
}

function judgeStep(expectations: readonly Expectation<Value>[]): (row: AnyRow, trail: Trail) => Stepped | null {
  const judge = createJudge(expectations);
  return (row, trail) => {
    const { action, broken } = judge(row);
    trail.judged = true;
    if (action === null) return null;
    const warned = broken.filter((expectation) => expectation.action === 'warn').map(({ name }) => name);
    if (warned.length > 0) trail.warned = [...trail.warned, ...warned];
    switch (action) {
      case 'warn':
        return null;
      case 'fail':
        return { kind: 'failed', rules: broken.filter((e) => e.action === 'fail').map((e) => e.name) };
      case 'drop':
      case 'quarantine': {
        const violations = broken.map((e) => ({ expectation: e.name, action: e.action, rule: e.text }));
        const names = violations.map((violation) => violation.expectation).join(', ');
        return refused(trail, action === 'drop' ? 'dropped' : 'violation', `broke ${names}`, violations);
      }
      default:
        return assertNever(action, 'action');
    }
  };
}

function eventTimeStep(step: Extract<StepPlan, { kind: 'event_time' }>): (row: AnyRow, trail: Trail) => Stepped | null {
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

function deriveStep(
  columns: Extract<StepPlan, { kind: 'derive' }>['columns'],
): (row: AnyRow, trail: Trail) => Stepped | null {
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
    default:
      return assertNever(type, 'field type');
  }
}
