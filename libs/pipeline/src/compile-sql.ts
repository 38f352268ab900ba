import {
  ExpressionError,
  parseCondition,
  parseExpression,
  type SqlExpression,
  compileCondition as testOf,
} from '@medallion/expressions';
import type { AnyRow, Field } from '@medallion/schema';
import type { ColumnSet } from './column-set.ts';
import { fits } from './comparable.ts';
import type { ConditionDeclaration } from './declaration.ts';
import type { Report } from './mistakes.ts';
import type { RelationColumn } from './relation-column.ts';
import { typeText } from './type-text.ts';

/** A test of a row, with its words. */
export type ConditionPlan = { readonly text: string; readonly test: (row: AnyRow) => boolean };

/** Passes no row: stands in for a condition that was reported. */
const never = (): boolean => false;

/** A condition as a plan; of SQL, a row passes for which it is true. `what` says who asks. */
export function compileCondition(
  declared: ConditionDeclaration,
  columns: ColumnSet,
  what: string,
  report: Report,
): ConditionPlan {
  if (declared.kind === 'row') return { text: declared.text, test: declared.test };
  const parsed = conditionOver(declared.text, columns.all, what, report);
  return { text: declared.text, test: parsed === null ? never : testOf(parsed) };
}

/** A condition over columns; null, and reported with the place in the text, when it has a mistake. */
export const conditionOver = (
  text: string,
  fields: readonly Field[],
  what: string,
  report: Report,
): SqlExpression | null => parsed(() => parseCondition(text, fields), what, report);

/** A computed column over others, and its expression; null, and reported, when it is none of the declared type. */
export function compileColumn(
  name: string,
  declared: RelationColumn<unknown>,
  fields: readonly Field[],
  report: Report,
): { readonly field: Field; readonly expression: SqlExpression } | null {
  const what = `column "${name}"`;
  const expression = parsed(() => parseExpression(declared.text, fields), what, report);
  if (expression === null) return null;
  const { type, nullable } = declared;
  if (expression.type !== null && !fits(expression.type, type))
    report(
      `${what} is declared as ${typeText(type)}, and its expression is ${typeText(expression.type)}`,
      `declare that type, or write cast(… as …)`,
    );
  else if (expression.nullable && !nullable)
    report(
      `${what} is declared without null, and its expression may be null`,
      `declare it as c.nullable.${type.kind}(…), or write coalesce(…, …)`,
    );
  return { field: { name, type, nullable }, expression };
}

/** What a parser makes; null, and reported with the place in the text, when that has a mistake. */
export function parsed<T>(parse: () => T, what: string, report: Report): T | null {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    // The text with the caret comes last, on lines of its own.
    const place = error.rendering.replaceAll(/^/gm, '      ');
    report(`${what}: ${error.problem}`, `${error.remedy}\n${place}`);
    return null;
  }
}
