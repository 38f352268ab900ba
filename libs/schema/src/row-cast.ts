import type { AnyRow, FieldType, RowSchema, Value } from './field.ts';
import { rowBuilder, rowVisitor } from './row-access.ts';

/** Returned by a cast for a value that its type cannot hold. */
export const MISFIT = Symbol('misfit');

/** The value of a column for a value of the input, or MISFIT. */
export type Cast = (value: unknown) => Value | typeof MISFIT;

/** An input record as a row: each declared column holds its value or null; all that did not fit is kept as JSON text. */
export type CastResult = {
  readonly row: AnyRow;
  /**
   * A JSON object of the columns that nobody declared and of the values that did not fit, by name, or by their path where
   * they are in a list: `{"items[2].price":"much"}`. Null when there are none. The whole input where it is nested
   * thousands of levels deep.
   */
  readonly rescued: string | null;
};

/** Steps from a column down: positions in lists and names. */
export type Path = readonly (string | number)[];

/** What did not fit in one record: whole columns, or parts of columns. */
export class Misfits {
  readonly #path: (string | number)[] = [];
  #found: Map<string, Path[] | null> | null = null;

  /** By column, the paths in it; null for all of it. Null when all fitted, as in nearly every record. */
  get found(): ReadonlyMap<string, readonly Path[] | null> | null {
    return this.#found;
  }

  clear(): void {
    this.#found = null;
    // Setting a length costs more than asking for it; it is 0 unless a cast threw.
    if (this.#path.length > 0) this.#path.length = 0;
  }

  enter(step: string | number): void {
    this.#path.push(step);
  }

  leave(): void {
    this.#path.pop();
  }

  /** `name`, where we are now, does not fit. */
  add(name: string): void {
    this.#at(name);
  }

  /** Where we are now is nothing that has columns. */
  addHere(): void {
    this.#at();
  }

  #at(...last: string[]): void {
    this.#found ??= new Map();
    const [column, ...rest] = [...this.#path, ...last];
    if (rest.length === 0) this.#found.set(String(column), null);
    else this.#found.set(String(column), [...(this.#found.get(String(column)) ?? []), rest]);
  }
}

/** How a kind of input casts its values. */
export type Casts = (type: Exclude<FieldType, { kind: 'list' }>) => Cast;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Compiles the cast of a record to a row of `schema`; what does not fit leaves its column null and is added to `misfits`,
 * as is every name that nobody declared. Rows have the columns of `room` too, null at first, so that who adds them does
 * not change their shape.
 */
export function rowCast(
  schema: RowSchema,
  room: readonly string[],
  casts: Casts,
  misfits: Misfits,
): (record: Readonly<Record<string, unknown>>) => AnyRow {
  const names = schema.fields.map((field) => field.name);
  const declared = new Set(names);
  const castOf = schema.fields.map(({ name, type }) =>
    type.kind === 'list' ? listCast(name, type.of, casts, misfits) : casts(type),
  );
  // A column named like a member of Object.prototype must not be read from there.
  const inherited = names.map((name) => name in Object.prototype);
  const visit = rowVisitor(names);
  const build = rowBuilder([...names, ...room.filter((name) => !declared.has(name))]);
  const values: Value[] = new Array<Value>(names.length + room.length).fill(null);
  const at = (index: number): Value => values[index]!;
  let known = 0;
  let input: Readonly<Record<string, unknown>> = {};

  const column = (index: number, found: unknown): boolean => {
    const value = inherited[index] && !Object.hasOwn(input, names[index]!) ? undefined : found;
    if (value !== undefined) known++;
    const fitted = value === undefined || value === null ? null : castOf[index]!(value);
    values[index] = fitted === MISFIT ? null : fitted;
    if (fitted === MISFIT) misfits.add(names[index]!);
    return true;
  };

  return (record) => {
    input = record;
    known = 0;
    visit(record, column);
    // Counting is cheap, looking each name up is not; nearly every record has the declared columns only.
    let keys = 0;
    for (const _ in record) keys++;
    if (keys !== known) for (const name in record) if (!declared.has(name)) misfits.add(name);
    return build(at);
  };
}

/** An element that is no record is a row of nulls: the others keep their positions. */
function listCast(name: string, of: RowSchema, casts: Casts, misfits: Misfits): Cast {
  const cast = rowCast(of, [], casts, misfits);
  const element = (value: unknown, position: number): AnyRow => {
    misfits.enter(position);
    if (!isRecord(value)) misfits.addHere();
    const row = cast(isRecord(value) ? value : {});
    misfits.leave();
    return row;
  };
  return (value) => {
    if (!Array.isArray(value)) return MISFIT;
    misfits.enter(name);
    const rows = value.map(element);
    misfits.leave();
    return rows;
  };
}

/** The rescued part of a record as a JSON object, its columns in the order of the record; `write` gives JSON text. */
export function rescuedText(
  found: ReadonlyMap<string, readonly Path[] | null>,
  record: Readonly<Record<string, unknown>>,
  write: (value: unknown) => string,
): string {
  const entries = Object.keys(record)
    .filter((name) => found.has(name))
    .flatMap((name) => (found.get(name) ?? [[]]).map((path) => entry(name, path, record[name], write)));
  return `{${entries.join(',')}}`;
}

function entry(column: string, path: Path, value: unknown, write: (value: unknown) => string): string {
  let name = column;
  let part = value;
  for (const step of path) {
    name += typeof step === 'number' ? `[${step}]` : `.${step}`;
    part = (part as Readonly<Record<string | number, unknown>>)[step];
  }
  return `${JSON.stringify(name)}:${write(part)}`;
}

/**
 * What it gives, or null where a value is nested so deeply that a recursion over it has no room: how deep that is depends on
 * what is done for each level, so there is no bound to ask for before.
 */
export function unlessTooDeep<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
