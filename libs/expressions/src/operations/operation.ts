import type { AnyRow, Value } from '@medallion/schema';
import type { SqlCall } from '../expression.ts';

/** The value of a node in a row. */
export type Evaluate = (row: AnyRow) => Value;

/** An argument as SQL; `simple` when it may be repeated: a column or a literal. */
export type SqlArgument = { readonly sql: string; readonly simple: boolean };

/** What an operator or function means, once for JavaScript and once for Postgres: both give the same. */
export type Operation = {
  readonly evaluate: (args: readonly Evaluate[], call: SqlCall) => Evaluate;
  /** In parentheses wherever it is not a name or a function call. */
  readonly sql: (args: readonly SqlArgument[], call: SqlCall) => string;
  /** Whether NULL can come of it, by whether its arguments may be; by default, when one of them may be. */
  readonly nullable?: (args: readonly boolean[], call: SqlCall) => boolean;
};

/** The operations by their names in lower case. */
export type Operations = Readonly<Record<string, Operation>>;

/** NULL when the argument is. */
export const strict1 =
  <A>(a: Evaluate, f: (a: A) => Value): Evaluate =>
  (row) => {
    const x = a(row);
    return x === null ? null : f(x as A);
  };

/** NULL when one of the arguments is. */
export const strict2 =
  <A, B>(a: Evaluate, b: Evaluate, f: (a: A, b: B) => Value): Evaluate =>
  (row) => {
    const x = a(row);
    if (x === null) return null;
    const y = b(row);
    return y === null ? null : f(x as A, y as B);
  };

const BOUND = ['"~a"', '"~b"'];

/**
 * `body` over arguments that it names more than once. What is not a column or literal is computed once, in a subquery
 * that the planner does not take apart: else each level would double the text and the work.
 */
export function bound(args: readonly SqlArgument[], body: (names: readonly string[]) => string): string {
  if (args.every((arg) => arg.simple)) return body(args.map((arg) => arg.sql));
  const columns = args.map((arg, i) => `${arg.sql} AS ${BOUND[i]}`).join(', ');
  return `(SELECT ${body(args.map((_, i) => BOUND[i]!))} FROM (SELECT ${columns} OFFSET 0) AS "~")`;
}
