import { createHash } from 'node:crypto';
import { MedallionError } from '@medallion/core';
import {
  columnLineage,
  type PipelinePlan,
  RAW,
  type SubjectColumns,
  subjectColumns,
  subjectSources,
  subjectsOf,
  type TablePlan,
} from '@medallion/pipeline';

/** Somebody whose data is to go: one of the subjects that a pipeline declares, by the texts that name them. */
export type Person = {
  readonly subject: string;
  readonly id: string;
};

/** How the persons of a subject are found in a pipeline. */
export type SubjectPlan = {
  readonly subject: string;
  /** The columns that name a person, by table. */
  readonly columns: SubjectColumns;
  /** Tables whose rows keep the text of records about a person, whichever columns they keep. */
  readonly texts: ReadonlySet<string>;
  /** What they are called outside: in the bytes of records that never became rows. */
  readonly names: ReadonlySet<string>;
  /** All of these columns are whole numbers, so `007` and `7` are one person. */
  readonly numeric: boolean;
};

/** How a subject is found. Throws MED_CONFIG_INVALID for one that the pipeline does not declare. */
export function subjectPlan(plan: PipelinePlan, subject: string): SubjectPlan {
  const declared = subjectsOf(plan);
  if (!declared.includes(subject))
    throw new MedallionError('MED_CONFIG_INVALID', {
      problems: `${plan.name} declares no "${subject}"${declared.length === 0 ? `: say which column names one, with .identifies('${subject}', '…')` : `, only ${declared.join(', ')}`}`,
    });
  const columns = subjectColumns(plan, subject);
  const kinds = plan.tables.flatMap((table) =>
    table.schema.fields.filter(({ name }) => columns.get(table.name)?.has(name)).map(({ type }) => type.kind),
  );
  const names = new Set([...subjectSources(plan, subject), ...[...columns.values()].flatMap((of) => [...of])]);
  const texts = tablesOfTexts(plan, columns);
  return { subject, columns, texts, names, numeric: kinds.every((kind) => kind === 'int' || kind === 'long') };
}

/** Whether rows of a table may be about a person of the subject. */
export const isAbout = ({ name }: Pick<TablePlan, 'name'>, { columns, texts }: SubjectPlan): boolean =>
  (columns.get(name)?.size ?? 0) > 0 || texts.has(name);

/** A table that leaves the naming column out and keeps the text still says whom its rows are about. */
function tablesOfTexts(plan: PipelinePlan, columns: SubjectColumns): ReadonlySet<string> {
  const lineage = columnLineage(plan);
  const found = new Set<string>();
  // Every table comes after those that it reads.
  for (const { name, schema } of plan.tables) {
    if (!schema.fields.some((field) => field.name === RAW)) continue;
    const origins = lineage.get(name)?.get(RAW) ?? [];
    if ((columns.get(name)?.size ?? 0) > 0 || origins.some(({ table }) => found.has(table))) found.add(name);
  }
  return found;
}

/** A person by what was typed. Throws MED_CONFIG_INVALID for what can be nobody. */
export function personOf({ subject, numeric }: Pick<SubjectPlan, 'subject' | 'numeric'>, id: string): Person {
  const text = idText(id, numeric);
  if (text === null || text === '' || (numeric && !/^-?\d+$/.test(text)))
    throw new MedallionError('MED_CONFIG_INVALID', {
      problems: `--${subject}: "${id}" is no ${numeric ? 'whole number' : 'name'}`,
    });
  return { subject, id: text };
}

/** The one text of a value that names a person; null for what names nobody. Numbers may be written in several ways. */
export function idText(value: unknown, numeric: boolean): string | null {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return String(value);
    case 'string': {
      const text = value.trim();
      return numeric && /^[+-]?\d{1,20}$/.test(text) ? BigInt(text.replace(/^\+/, '')).toString() : value;
    }
    default:
      return null;
  }
}

/**
 * What is kept of somebody who was erased: no name, but what tells whether a name is theirs. Names are few, so who has the
 * hash can try them all: it keeps a name from being read, not from being guessed.
 */
export const fingerprintOf = (pipeline: string, { subject, id }: Person): string =>
  createHash('sha256')
    .update(JSON.stringify(['medallion.erased', pipeline, subject, id]))
    .digest('hex');
