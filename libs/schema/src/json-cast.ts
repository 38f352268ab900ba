import { assertNever, type Instant } from '@medallion/core';
import type { AnyRow, FieldType, RowSchema, Value } from './field.ts';
import { parseInstant } from './instant-text.ts';
import { rowBuilder, rowVisitor } from './row-access.ts';

/** Returned by a cast for a value that its type cannot hold. */
const MISFIT = Symbol('misfit');
type Cast = (value: unknown) => Value | typeof MISFIT;

/** A JSON object as a row: each declared column holds its value or null; all that did not fit is kept as JSON text. */
export type CastResult = {
  readonly row: AnyRow;
  /**
   * A JSON object of the columns that nobody declared and of the values that did not fit; null when there are none.
   * The whole input where it is nested thousands of levels deep.
   */
  readonly rescued: string | null;
};

const NUL = '\u0000';

function castOf(type: FieldType): Cast {
  switch (type.kind) {
    case 'boolean':
      return (v) => (typeof v === 'boolean' ? v : MISFIT);
    case 'int':
      return (v) => (typeof v === 'number' && (v | 0) === v ? v : MISFIT);
    case 'long':
      return (v) => (typeof v === 'number' && Number.isSafeInteger(v) ? v : MISFIT);
    case 'double':
      return (v) => (typeof v === 'number' && Number.isFinite(v) ? v : MISFIT);
    case 'string':
      // A lone surrogate has no UTF-8 form: written out, two different texts would become the same one.
      return (v) => (typeof v === 'string' && !v.includes(NUL) && v.isWellFormed() ? v : MISFIT);
    case 'enum': {
      const symbols = new Set<unknown>(type.symbols);
      return (v) => (symbols.has(v) ? (v as string) : MISFIT);
    }
    case 'timestamp':
      return (v) => (typeof v === 'string' ? (parseInstant(v) ?? MISFIT) : MISFIT);
    case 'date':
      return (v) => {
        const at = typeof v === 'string' && v.length === 10 ? parseInstant(`${v}T00:00:00.000Z`) : null;
        return at === null ? MISFIT : (((at as Instant) / 86_400_000) as Value);
      };
    default:
      return assertNever(type, 'field type');
  }
}

/**
 * Compiles the cast of a parsed JSON value to a row of `schema`: a value that does not fit its declared type leaves
 * the column null and is rescued, as is every key that nobody declared. Returns null for what is no JSON object.
 * Numbers are rescued as they were written where `text` is given: JavaScript has rounded 2^53 + 1 already.
 * Rows have the columns of `room` too, null at first, so that who adds them does not change their shape.
 */
export function jsonCast(
  schema: RowSchema,
  room: readonly string[] = [],
): (json: unknown, text: () => string) => CastResult | null {
  const names = schema.fields.map((field) => field.name);
  const declared = new Set(names);
  const casts = schema.fields.map((field) => castOf(field.type));
  // A column named like a member of Object.prototype must not be read from there.
  const inherited = names.map((name) => name in Object.prototype);
  const visit = rowVisitor(names);
  const build = rowBuilder([...names, ...room.filter((name) => !declared.has(name))]);
  const values: Value[] = new Array<Value>(names.length + room.length).fill(null);
  const at = (index: number): Value => values[index]!;
  let known = 0;
  let input: Readonly<Record<string, unknown>> = {};
  let rescue: Set<string> | null = null;

  const column = (index: number, found: unknown): boolean => {
    const value = inherited[index] && !Object.hasOwn(input, names[index]!) ? undefined : found;
    if (value !== undefined) known++;
    const fitted = value === undefined || value === null ? null : casts[index]!(value);
    values[index] = fitted === MISFIT ? null : fitted;
    if (fitted === MISFIT) rescue = added(rescue, names[index]!);
    return true;
  };

  return (json, text) => {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return null;
    input = json as Readonly<Record<string, unknown>>;
    rescue = null;
    known = 0;
    visit(input, column);
    // Counting is cheap, looking each name up is not; nearly every row has the declared columns only.
    let keys = 0;
    for (const _ in input) keys++;
    if (keys !== known) for (const name in input) if (!declared.has(name)) rescue = added(rescue, name);
    return { row: build(at), rescued: rescue === null ? null : rescuedText(rescue, text()) };
  };
}

/** The set is made for the first misfit: nearly every row has none. */
const added = (names: Set<string> | null, name: string): Set<string> => (names ?? new Set<string>()).add(name);

/**
 * Reads the text again, keeping numbers as written; only misfits pay for it. JSON nested too deeply for that is kept
 * whole: reading it with a reviver, unlike plain JSON.parse, takes stack for each level.
 */
function rescuedText(names: ReadonlySet<string>, text: string): string {
  try {
    return exactText(names, text);
  } catch (error) {
    if (error instanceof RangeError) return text;
    throw error;
  }
}

function exactText(names: ReadonlySet<string>, text: string): string {
  const source = JSON.parse(text, exactNumbers as (key: string, value: unknown) => unknown) as Record<string, unknown>;
  const entries = Object.keys(source)
    .filter((name) => names.has(name))
    .map((name) => `${JSON.stringify(name)}:${exactJson(source[name])}`);
  return `{${entries.join(',')}}`;
}

class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function exactNumbers(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  return typeof value === 'number' && context.source !== undefined ? new NumberText(context.source) : value;
}

function exactJson(value: unknown): string {
  if (value instanceof NumberText) return value.text;
  if (Array.isArray(value)) return `[${value.map(exactJson).join(',')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.keys(value)
      .map((k) => `${JSON.stringify(k)}:${exactJson((value as Record<string, unknown>)[k])}`)
      .join(',')}}`;
  return JSON.stringify(value) ?? 'null';
}
