import { columnLineage, personalColumns } from './column-lineage.ts';
import type { Mistakes } from './mistakes.ts';
import { quoted } from './mistakes.ts';
import type { TablePlan } from './plan.ts';
import { subjectColumns, subjectsOf } from './subject-columns.ts';

/**
 * Judges that who is declared to be a subject can be erased: a column that identifies one does so in the table that it
 * comes from too, and every table that keeps personal columns says whose they are.
 */
export function judgeSubjects(tables: readonly TablePlan[], mistakes: Mistakes): void {
  const plan = { tables };
  const subjects = subjectsOf(plan);
  if (subjects.length === 0) return;
  const lineage = columnLineage(plan);
  const all = subjects.map((subject) => [subject, subjectColumns(plan, subject)] as const);
  for (const table of tables) {
    const where = `table "${table.name}"`;
    for (const [subject, columns] of all)
      for (const column of columns.get(table.name)!)
        for (const from of lineage.get(table.name)?.get(column) ?? [])
          if (from.how === 'copied' && columns.get(from.table)?.has(from.column) === false)
            mistakes.add(
              where,
              `"${column}" identifies a ${subject}, and "${from.column}" of "${from.table}", where it comes from, does not`,
              `declare it there: .identifies('${subject}', '${from.column}')`,
            );
    const personal = personalColumns(plan).get(table.name)!;
    if (personal.size > 0 && keepsRows(table) && all.every(([, columns]) => columns.get(table.name)!.size === 0))
      mistakes.add(
        where,
        `it keeps ${quoted(personal)}, and no column says whose that is`,
        `keep a column that identifies a ${subjects.join(' or a ')}, or say which does: .identifies('${subjects[0]}', '…')`,
      );
  }
}

/** Relational views are what their inputs make them, views are never stored. */
const keepsRows = ({ kind }: TablePlan): boolean => kind !== 'relational_view' && kind !== 'view';
