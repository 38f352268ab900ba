import type { Value } from '@medallion/schema';
import type { SqlCall } from '../expression.ts';
import { castTo } from '../sql-type.ts';
import { collated, orderOf } from './comparison.ts';
import type { Operation, Operations, SqlArgument } from './operation.ts';

/** An argument as the type of the whole: Postgres would choose numeric where a double is meant. */
const asResult = (arg: SqlArgument, i: number, call: SqlCall): string => castTo(arg.sql, call.args[i]!.type, call.type);

/** Of the arguments that are not NULL the first in `direction`. */
const extreme = (word: string, direction: 1 | -1): Operation => ({
  evaluate: (args, call) => {
    const order = orderOf(call.type);
    return (row) => {
      let found: Value = null;
      for (const arg of args) {
        const value = arg(row);
        if (value !== null && (found === null || order(value, found) * direction > 0)) found = value;
      }
      return found;
    };
  },
  sql: (args, call) =>
    `${word}(${args.map((arg, i) => collated({ ...arg, sql: asResult(arg, i, call) }, call.type)).join(', ')})`,
  nullable: (args) => args.every(Boolean),
});

/** Operations that give one of their arguments. */
export const choice: Operations = {
  coalesce: {
    evaluate: (args) => (row) => {
      for (const arg of args) {
        const value = arg(row);
        if (value !== null) return value;
      }
      return null;
    },
    sql: (args, call) => `COALESCE(${args.map((arg, i) => asResult(arg, i, call)).join(', ')})`,
    nullable: (args) => args.every(Boolean),
  },
  nullif: {
    evaluate:
      ([a, b]) =>
      (row) => {
        const value = a!(row);
        return value !== null && value === b!(row) ? null : value;
      },
    sql: ([a, b], call) => castTo(`NULLIF(${a!.sql}, ${b!.sql})`, null, call.type),
    nullable: () => true,
  },
  greatest: extreme('GREATEST', 1),
  least: extreme('LEAST', -1),
  /** Condition, value, condition, value …, otherwise. */
  case: {
    evaluate: (args) => {
      const branches = pairs(args.slice(0, -1));
      const otherwise = args.at(-1)!;
      return (row) => {
        for (const [when, then] of branches) if (when(row) === true) return then(row);
        return otherwise(row);
      };
    },
    sql: (args, call) => {
      const otherwise = args.length - 1;
      const branches = pairs(args.slice(0, -1)).map(
        ([when, then], i) => `WHEN ${when.sql} THEN ${asResult(then, 2 * i + 1, call)} `,
      );
      return `(CASE ${branches.join('')}ELSE ${asResult(args[otherwise]!, otherwise, call)} END)`;
    },
    nullable: (args) => args.some((nullable, i) => nullable && (i % 2 === 1 || i === args.length - 1)),
  },
};

const pairs = <T>(list: readonly T[]): readonly (readonly [T, T])[] =>
  Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i]!, list[2 * i + 1]!] as const);
