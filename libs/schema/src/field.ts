import type { EpochDay, Instant } from '@medallion/core';

/**
 * The types that a column can have. One definition serves the Avro schema, the TypeScript row type, the Postgres
 * column and the cast from JSON.
 *
 * - `int` 32-bit, `long` a safe integer (±2^53 − 1), `double` finite
 * - `string` well-formed Unicode without NUL, which Postgres refuses
 * - `timestamp` epoch milliseconds, `date` whole UTC days since the epoch
 * - `enum` one of a closed list of strings; stored as a string so that the list can grow
 * - `decimal` the double nearest to a decimal of at most `precision` digits (15 at most), `scale` of them after the
 *   point: no two such decimals share a double, so text and back is exact, for money up to 9,999,999,999,999.99
 * - `list` rows, one behind the other
 */
export type FieldType =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'int' }
  | { readonly kind: 'long' }
  | { readonly kind: 'double' }
  | { readonly kind: 'string' }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'date' }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'list'; readonly of: RowSchema };

/** A value of any type but a list: what keys, groups and members of sets can be. */
export type Scalar = boolean | number | string | Instant | EpochDay | null;

/** The value that a row holds for a field type: what JavaScript code sees. */
export type Value = Scalar | readonly AnyRow[];

/** A column of a row: `snake_case` name, type, whether null is a value of it, and what it means. */
export type Field = {
  readonly name: string;
  readonly type: FieldType;
  readonly nullable: boolean;
  readonly doc?: string;
};

/** The columns of a table, in order. */
export type RowSchema = { readonly name: string; readonly fields: readonly Field[] };

/** A row as the engine handles it: a value for each column of its schema. */
export type AnyRow = { [column: string]: Value };

/** A field type together with the TypeScript type of its values; made by `string()`, `double()` and so on. */
export type FieldSpec<V> = {
  readonly type: FieldType;
  readonly nullable: boolean;
  readonly doc?: string;
  readonly $value: V;
};

/** Decimals of so many digits are told apart by doubles; of one more, not all. */
export const MAX_PRECISION = 15;

function spec<V>(type: FieldType, doc?: string): FieldSpec<V> {
  if (type.kind === 'list') Object.freeze(type.of);
  const base = { type: Object.freeze(type), nullable: false, $value: undefined as V };
  return Object.freeze(doc === undefined ? base : { ...base, doc });
}

/** True or false. */
export const boolean = (doc?: string): FieldSpec<boolean> => spec({ kind: 'boolean' }, doc);
/** A whole number of 32 bits. */
export const int = (doc?: string): FieldSpec<number> => spec({ kind: 'int' }, doc);
/** A whole number within ±(2^53 − 1). */
export const long = (doc?: string): FieldSpec<number> => spec({ kind: 'long' }, doc);
/** A finite floating point number. */
export const double = (doc?: string): FieldSpec<number> => spec({ kind: 'double' }, doc);
/** Text of any length without NUL. */
export const string = (doc?: string): FieldSpec<string> => spec({ kind: 'string' }, doc);
/** A point in time in milliseconds. */
export const timestamp = (doc?: string): FieldSpec<Instant> => spec({ kind: 'timestamp' }, doc);
/** A calendar day in UTC. */
export const date = (doc?: string): FieldSpec<EpochDay> => spec({ kind: 'date' }, doc);
/** One of the given strings. */
export const oneOfStrings = <const S extends readonly string[]>(symbols: S, doc?: string): FieldSpec<S[number]> =>
  spec({ kind: 'enum', symbols: Object.freeze([...symbols]) }, doc);
/**
 * An exact decimal of at most `precision` digits, `scale` of them after the point.
 *
 * @throws RangeError unless 1 ≤ precision ≤ 15 and 0 ≤ scale ≤ precision.
 */
export const decimal = (precision: number, scale: number, doc?: string): FieldSpec<number> => {
  if (!(Number.isInteger(precision) && precision >= 1 && precision <= MAX_PRECISION))
    throw new RangeError(`a decimal has 1 to ${MAX_PRECISION} digits, not ${precision}`);
  if (!(Number.isInteger(scale) && scale >= 0 && scale <= precision))
    throw new RangeError(
      `a decimal of ${precision} digits has 0 to ${precision} of them after the point, not ${scale}`,
    );
  return spec({ kind: 'decimal', precision, scale }, doc);
};
/**
 * Rows in a row, such as the items of an order. Every column of an element may be null: an element is what arrived, to be
 * judged once it is a row of its own.
 *
 * @throws RangeError for a row without columns.
 * @example list(row('Item', { sku: string(), price: decimal(10, 2) }))
 */
export const list = <R extends object>(of: RowSpec<R>, doc?: string): FieldSpec<readonly Nullable<R>[]> => {
  if (of.fields.length === 0) throw new RangeError(`the elements of a list have columns, ${of.name} has none`);
  return spec({ kind: 'list', of: { name: of.name, fields: Object.freeze(of.fields.map(orNull)) } }, doc);
};

/** The same columns, where null is a value of each. */
type Nullable<R> = { readonly [K in keyof R]: R[K] | null };

const orNull = (field: Field): Field => Object.freeze({ ...field, nullable: true });

/** The same field, where null is a value too. */
export const nullable = <V>(field: FieldSpec<V>): FieldSpec<V | null> =>
  Object.freeze({ ...field, nullable: true, $value: undefined as V | null });

/** The declared columns of an input with the TypeScript type of its rows; made by `row()`. */
export type RowSpec<R> = RowSchema & { readonly $row: R };
/** The TypeScript type of the rows of a `RowSpec`. */
export type RowOf<S extends { readonly $row: unknown }> = S['$row'];

type Values<F extends Record<string, FieldSpec<unknown>>> = { readonly [K in keyof F]: F[K]['$value'] };

/**
 * Declares the columns of an input, in order.
 *
 * @example const RawDelivery = row('RawDelivery', { delivery_id: string(), latitude: double('degrees') })
 */
export function row<F extends Record<string, FieldSpec<unknown>>>(name: string, fields: F): RowSpec<Values<F>> {
  return Object.freeze({ name, fields: Object.freeze(fieldsOf(fields)), $row: undefined as unknown as Values<F> });
}

/** The fields of a record of field specs, in order. */
export function fieldsOf(specs: Readonly<Record<string, FieldSpec<unknown>>>): readonly Field[] {
  return Object.entries(specs).map(([name, s]) =>
    Object.freeze({ name, type: s.type, nullable: s.nullable, ...(s.doc === undefined ? {} : { doc: s.doc }) }),
  );
}
