import type { ColumnSet } from './column-set.ts';
import type { Operation } from './declaration.ts';
import { quoted, type Report } from './mistakes.ts';
import type { StepPlan } from './plan.ts';

type Explode = StepPlan & { readonly kind: 'explode' };

/** An explosion as a plan: the list's column gives way to those of its elements. */
export function compileExplode(
  { column, position, rename }: Operation & { readonly kind: 'explode' },
  columns: ColumnSet,
  report: Report,
): Explode {
  const list = columns.find(column, 'explode');
  if (list !== undefined && list.type.kind !== 'list')
    report(`it explodes "${column}", a ${list.type.kind} column`, 'choose a list: list(row(…))');
  const elements = list?.type.kind === 'list' ? list.type.of.fields : [];
  const names = elements.map(({ name }) => name);
  for (const from of Object.keys(rename))
    if (list?.type.kind === 'list' && !names.includes(from))
      report(`it renames "${from}", which no element of "${column}" has`, `choose one of ${quoted(names)}`);

  columns.remove(column);
  const fields = elements.map((field) => ({
    from: field.name,
    field: { ...field, name: rename[field.name] ?? field.name },
  }));
  for (const { field } of fields) columns.add(field);
  if (position !== null) columns.add({ name: position, type: { kind: 'int' }, nullable: false });
  return { kind: 'explode', column, fields, position };
}
