import { type ColumnRef, columnLineage } from './column-lineage.ts';
import type { PipelinePlan, TablePlan } from './plan.ts';

type Tables = Pick<PipelinePlan, 'tables'>;

/** The columns of each table that say whom a row is about, by table. */
export type SubjectColumns = ReadonlyMap<string, ReadonlySet<string>>;

/** The subjects that a pipeline declares: `customer`, `employee`. */
export const subjectsOf = ({ tables }: Tables): readonly string[] => [
  ...new Set(tables.flatMap((table) => Object.keys(declaredIn(table)))),
];

const declaredIn = (table: TablePlan): Readonly<Record<string, readonly string[]>> =>
  'governance' in table ? (table.governance.subjects ?? {}) : {};

/**
 * The columns by which a subject's rows are found: those that are declared so, and those that take over their values as
 * they are. A measure of a group is none: the least customer number of a region says nothing of whom its row is about.
 */
export function subjectColumns(plan: Tables, subject: string): SubjectColumns {
  const lineage = columnLineage(plan);
  const found = new Map<string, Set<string>>();
  // Every table comes after those that it reads.
  for (const table of plan.tables) {
    const measures = measuresOf(table);
    const own = new Set(declaredIn(table)[subject] ?? []);
    for (const [column, origins] of lineage.get(table.name)!)
      if (!measures.has(column) && origins.some((from) => takesOver(from, found))) own.add(column);
    found.set(table.name, own);
  }
  return found;
}

/** What a subject's columns are called where they come from outside: in records of other topics, and in files. */
export function subjectSources(plan: Tables, subject: string): ReadonlySet<string> {
  const lineage = columnLineage(plan);
  const names = new Set<string>();
  for (const [table, columns] of subjectColumns(plan, subject))
    for (const column of columns)
      for (const from of lineage.get(table)?.get(column) ?? [])
        if (from.how === 'copied' && !plan.tables.some(({ name }) => name === from.table)) names.add(from.column);
  return names;
}

const takesOver = (from: ColumnRef, found: SubjectColumns): boolean =>
  from.how === 'copied' && found.get(from.table)?.has(from.column) === true;

/** Columns that are computed from the rows of a group. */
export const measuresOf = (table: TablePlan): ReadonlySet<string> =>
  new Set('aggregates' in table ? table.aggregates.map(({ name }) => name) : []);
