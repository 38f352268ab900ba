import type { ColumnSet } from './column-set.ts';
import { compileCondition } from './compile-sql.ts';
import type { AnyCheck, ExpectationDeclaration } from './declaration.ts';
import type { Report } from './mistakes.ts';
import { type Action, type ColumnRulePlan, type ExpectationPlan, REJECTED } from './plan.ts';

type Accept = ColumnRulePlan['accept'];

/**
 * An expectation as a plan. A blocking one narrows its columns: what follows sees the type that the check leaves, and
 * null only where the check accepts null.
 */
export function compileExpectation(
  declared: ExpectationDeclaration,
  columns: ColumnSet,
  report: Report,
): ExpectationPlan {
  const { name, action, rule } = declared;
  if (rule.kind === 'row') return { name, action, text: rule.text, rule: { kind: 'row', test: rule.test } };
  if (rule.kind === 'sql') {
    const { text, test } = compileCondition(rule, columns, `expectation "${name}"`, report);
    return { name, action, text, rule: { kind: 'row', test } };
  }

  const checks = Object.entries(rule.checks);
  if (checks.length === 0) report(`expectation "${name}" checks no column`, 'name at least one, or remove it');
  const rules = checks.map(([column, check]): ColumnRulePlan => {
    const field = columns.find(column, `expectation "${name}"`);
    if (field !== undefined && action !== 'warn')
      columns.replace({
        ...field,
        type: check.narrow(field.type),
        nullable: check.acceptsNull && field.nullable,
      });
    return { column, text: check.text, accept: acceptOf(check, action) };
  });
  const text = rules.map((r) => `${r.column} ${r.text}`).join(' and ');
  return { name, action, text, rule: { kind: 'columns', columns: rules } };
}

function acceptOf(check: AnyCheck, action: Action): Accept {
  const test = check.accept as Accept;
  const accept: Accept =
    // `== null`: a column that is missing from a row is null.
    check.acceptsNull ? (value) => test(value ?? null) : (value) => (value == null ? REJECTED : test(value));
  // A warning only says that a rule was broken: it must not leave a converted value in a column whose type it left.
  return action === 'warn' ? (value) => (accept(value) === REJECTED ? REJECTED : value) : accept;
}
