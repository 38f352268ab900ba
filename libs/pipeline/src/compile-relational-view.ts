import type { Field } from '@medallion/schema';
import { Relational } from './compile-clauses.ts';
import { type Context, kindText } from './compile-context.ts';
import type { RelationalViewDeclaration } from './declaration.ts';
import { judgeVersion } from './judge-options.ts';
import { quoted, type Report } from './mistakes.ts';
import { judgeColumnName, judgeTableName } from './names.ts';
import { type RelationalViewPlan, type TablePlan, VALIDITY } from './plan.ts';
import { commented, governanceOf, storageOf } from './settings.ts';

/** A relational view as a plan without its hash. */
export function compileRelationalView(declared: RelationalViewDeclaration, context: Context): RelationalViewPlan {
  const { report } = context;
  judgeTableName(declared.name, [], report);
  judgeVersion(declared.version, report);

  const source = context.planOf(declared.source);
  const sourceKey = keyOf(source);
  if (sourceKey === null)
    report(`it reads "${source.name}", ${kindText(source)}`, 'read a keyed table or another view of rows by key');
  const view = new Relational(source.schema.fields, context);
  for (const clause of declared.clauses) view.take(clause);

  const key = view.groupBy === null ? (sourceKey ?? []) : view.groupBy.map(({ name }) => name);
  const shown = view.rows();
  const lost = key.filter((name) => !shown.some((field) => field.name === name));
  if (lost.length > 0) report(`it leaves out ${quoted(lost)}, which identify its rows`, 'keep the whole key');
  const fields = numbered(declared.surrogateKey, shown, report);
  return {
    kind: 'relational_view',
    name: declared.name,
    layer: declared.layer ?? 'gold',
    comment: declared.comment,
    source: source.name,
    joins: view.joins,
    derived: view.derived,
    where: view.where(),
    groupBy: view.groupBy,
    aggregates: view.aggregates,
    columns: view.columns,
    key,
    surrogateKey: declared.surrogateKey,
    schema: { name: declared.name, fields: commented(fields, declared, report) },
    storage: storageOf(declared, 'delete', fields, report),
    governance: governanceOf(declared, fields, report),
    version: declared.version,
    hash: '',
  };
}

/** The columns that identify a row of a table; null for tables without. */
export function keyOf(plan: TablePlan): readonly string[] | null {
  if (plan.kind === 'relational_view') return plan.key;
  if (plan.kind !== 'keyed_table') return null;
  return plan.storedAs === 2 ? [...plan.keys, VALIDITY.from] : plan.keys;
}

/** The rows with their surrogate key, and all else as it is in the unknown one. */
function numbered(name: string | null, fields: readonly Field[], report: Report): readonly Field[] {
  if (name === null) return fields;
  judgeColumnName(name, report);
  if (fields.some((field) => field.name === name))
    report(`column "${name}" is declared twice`, 'give the surrogate key another name');
  const number: Field = {
    name,
    type: { kind: 'long' },
    nullable: false,
    doc: 'stands for the key, for ever; 0: unknown',
  };
  return [number, ...fields.map((field) => ({ ...field, nullable: true }))];
}
