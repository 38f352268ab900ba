import { assertNever, REJECTED } from '@medallion/core';

/** What happens to a row that breaks an expectation. */
export type Action = 'warn' | 'drop' | 'quarantine' | 'fail';

/** A rule as this operator needs it; `V` is the type of a row's values. */
export type Expectation<V> = {
  readonly name: string;
  readonly action: Action;
  readonly text: string;
  readonly rule:
    | {
        readonly kind: 'columns';
        readonly columns: readonly {
          readonly column: string;
          readonly text: string;
          readonly accept: (value: V) => V | typeof REJECTED;
        }[];
      }
    | { readonly kind: 'row'; readonly test: (row: Record<string, V>) => unknown };
};

/** What was found: the strongest action of the broken rules (null: none was broken), and every broken rule in order. */
export type Verdict<V> = { readonly action: Action | null; readonly broken: readonly Expectation<V>[] };

const STRENGTH: Readonly<Record<Action, number>> = { warn: 1, drop: 2, quarantine: 3, fail: 4 };

/**
 * Judges a row once, by all of its rules, before one verdict (SPEC E1–E5). Blocking rules convert the columns that
 * they accept in place; a column that they reject becomes null for the rules after it. So a row with a blocking
 * verdict is no longer the row that came in: its bytes are.
 */
export function createJudge<V>(expectations: readonly Expectation<V>[]): (row: Record<string, V | null>) => Verdict<V> {
  const clean: Verdict<V> = Object.freeze({ action: null, broken: Object.freeze([]) });
  return (row) => {
    let broken: Expectation<V>[] | null = null;
    let strongest: Action | null = null;
    for (let i = 0; i < expectations.length; i++) {
      const expectation = expectations[i]!;
      if (passes(expectation, row)) continue;
      if (broken === null) broken = [];
      broken.push(expectation);
      if (strongest === null || STRENGTH[expectation.action] > STRENGTH[strongest]) strongest = expectation.action;
    }
    return broken === null ? clean : { action: strongest, broken };
  };
}

function passes<V>(expectation: Expectation<V>, row: Record<string, V | null>): boolean {
  const { rule } = expectation;
  switch (rule.kind) {
    case 'columns': {
      const converts = expectation.action !== 'warn';
      let all = true;
      for (let i = 0; i < rule.columns.length; i++) {
        const { column, accept } = rule.columns[i]!;
        const accepted = attempt(accept, row[column] as V);
        if (accepted === REJECTED) all = false;
        if (converts) row[column] = accepted === REJECTED ? null : accepted;
      }
      return all;
    }
    case 'row':
      return holds(rule.test, row as Record<string, V>);
    default:
      return assertNever(rule, 'rule');
  }
}

/** A rule that throws has not said true. */
function attempt<V>(accept: (value: V) => V | typeof REJECTED, value: V): V | typeof REJECTED {
  try {
    return accept(value);
  } catch {
    return REJECTED;
  }
}

function holds<V>(test: (row: Record<string, V>) => unknown, row: Record<string, V>): boolean {
  try {
    return test(row) === true;
  } catch {
    return false;
  }
}
