import type { EpochDay, Instant } from '@medallion/core';

/**
 * The types that a column can have. One definition serves the Avro schema, the TypeScript row type, the Postgres
 * column and the cast from JSON.
 *
 * - `int` 32-bit, `long` a safe integer (±2^53 − 1), `double` finite
 * - `string` well-formed Unicode without NUL, which Postgres refuses
 * - `timestamp` epoch milliseconds, `date` whole UTC days since the epoch
 * - `enum` one of a closed list of strings; stored as a string so that the list can grow
 */
export type FieldType =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'int' }
  | { readonly kind: 'long' }
  | { readonly kind: 'double' }
  | { readonly kind: 'string' }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'date' }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] };

/** The value that a row holds for a field type: what JavaScript code sees. */
export type Value = boolean | number | string | Instant | EpochDay | null;

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
export type AnyRow = Record<string, Value>;

/** A field type together with the TypeScript type of its values; made by `string()`, `double()` and so on. */
export type FieldSpec<V> = {
  readonly type: FieldType;
  readonly nullable: boolean;
  readonly doc?: string;
  readonly $value: V;
};

function spec<V>(type: FieldType, doc?: string): FieldSpec<V> {
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
