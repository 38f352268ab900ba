import type { Instant } from '@medallion/core';
import { type FieldType, parseInstant } from '@medallion/schema';
import { REJECTED } from './plan.ts';

/**
 * A described test of one column, which may also convert the value. Null is rejected before `accept` is asked, unless
 * the check says that it accepts null (see `orNull`).
 */
export type Check<In, Out> = {
  /** What it accepts, as printed into violations: `between -90 and 90`. */
  readonly text: string;
  readonly acceptsNull: boolean;
  /** The value to keep, or REJECTED. A throw counts as rejected. */
  readonly accept: (value: In) => Out | typeof REJECTED;
  /** The column's type once a blocking expectation has passed. */
  readonly narrow: (type: FieldType) => FieldType;
};

const unchanged = (type: FieldType): FieldType => type;

/**
 * A check of your own: a predicate, or a type guard that narrows the column. Only `true` passes.
 *
 * @example const isEven = check('is even', (n: number) => n % 2 === 0)
 */
export function check<In, Out extends In>(text: string, guard: (value: In) => value is Out): Check<In, Out>;
export function check<In>(text: string, test: (value: In) => boolean): Check<In, In>;
export function check<In>(text: string, test: (value: In) => boolean): Check<In, In> {
  return Object.freeze({
    text,
    acceptsNull: false,
    accept: (value: In) => (test(value) === true ? value : REJECTED),
    narrow: unchanged,
  });
}

/**
 * The same check, where null passes too; the column stays nullable.
 *
 * @example silver.expectOrDrop('valid_weight', 'weight', orNull(positive))
 */
export const orNull = <In, Out>(inner: Check<In, Out>): Check<In | null, Out | null> =>
  Object.freeze({
    text: `${inner.text}, or null`,
    acceptsNull: true,
    accept: (value: In | null) => (value === null ? null : inner.accept(value)),
    narrow: inner.narrow,
  });

/** Any value but null. */
export const notNull: Check<unknown, unknown> = check('is not null', (_value: unknown) => true);

/** Text of at least one character. */
export const nonEmpty: Check<string, string> = check(
  'is not empty',
  (value: string) => typeof value === 'string' && value.length > 0,
);

/** Text that names an instant in ISO-8601 with a zone; turns the column into a timestamp. */
export const isoInstant: Check<string, Instant> = Object.freeze({
  text: 'is an ISO-8601 instant',
  acceptsNull: false,
  accept: (value: string) => (typeof value === 'string' ? (parseInstant(value) ?? REJECTED) : REJECTED),
  narrow: (): FieldType => ({ kind: 'timestamp' }),
});

/** One of the given strings; turns the column into an enum of them. */
export function oneOf<const S extends readonly string[]>(...symbols: S): Check<string, S[number]> {
  const allowed: ReadonlySet<string> = new Set(symbols);
  return Object.freeze({
    text: `one of ${symbols.join(', ')}`,
    acceptsNull: false,
    accept: (value: string): S[number] | typeof REJECTED => (allowed.has(value) ? value : REJECTED),
    // Of a closed list only the common part remains.
    narrow: (type: FieldType): FieldType => ({
      kind: 'enum',
      symbols: type.kind === 'enum' ? type.symbols.filter((symbol) => allowed.has(symbol)) : [...allowed],
    }),
  });
}

/** A number from `min` to `max`, both included. */
export const between = (min: number, max: number): Check<number, number> =>
  check(`between ${min} and ${max}`, (value: number) => value >= min && value <= max);

/** A number of at least `min`. */
export const atLeast = (min: number): Check<number, number> =>
  check(`at least ${min}`, (value: number) => value >= min);

/** A number of at most `max`. */
export const atMost = (max: number): Check<number, number> => check(`at most ${max}`, (value: number) => value <= max);

/** A number greater than zero. */
export const positive: Check<number, number> = check('is positive', (value: number) => value > 0);

/** Text in which the pattern is found; anchor it with `^` and `$` to match the whole. */
export function matches(pattern: RegExp): Check<string, string> {
  // The flags g and y make a pattern remember where it stopped: the same text would pass and fail by turns.
  const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
  return check(`matches ${stateless}`, (value: string) => typeof value === 'string' && stateless.test(value));
}
