import type { Value } from '@medallion/schema';
import type { Evaluate, Operation, Operations } from './operation.ts';

/** AND and OR: `decisive` decides alone, NULL is unknown until then. */
const junction = (decisive: boolean, word: string): Operation => ({
  evaluate: (args) => (row) => {
    let value: Value = !decisive;
    for (const arg of args) {
      const each = arg(row);
      if (each === decisive) return decisive;
      if (each === null) value = null;
    }
    return value;
  },
  sql: (args) => `(${args.map((arg) => arg.sql).join(` ${word} `)})`,
});

/** IS …: never NULL. */
const test = (words: string, says: (value: Value) => boolean): Operation => ({
  evaluate: ([a]) => {
    const of = a as Evaluate;
    return (row) => says(of(row));
  },
  sql: ([a]) => `(${a!.sql} IS ${words})`,
  nullable: () => false,
});

/** Three-valued logic. */
export const logic: Operations = {
  and: junction(false, 'AND'),
  or: junction(true, 'OR'),
  not: {
    evaluate: ([a]) => {
      const of = a as Evaluate;
      return (row) => {
        const value = of(row);
        return value === null ? null : !value;
      };
    },
    sql: ([a]) => `(NOT ${a!.sql})`,
  },
  'is null': test('NULL', (value) => value === null),
  'is not null': test('NOT NULL', (value) => value !== null),
  'is true': test('TRUE', (value) => value === true),
  'is not true': test('NOT TRUE', (value) => value !== true),
  'is false': test('FALSE', (value) => value === false),
  'is not false': test('NOT FALSE', (value) => value !== false),
};
