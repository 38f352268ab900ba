import type { Field } from '@medallion/schema';
import { quoted, type Report } from './mistakes.ts';
import type { GovernancePlan, Layer, StoragePlan } from './plan.ts';
import type { ColumnName, Typed } from './types.ts';

/** How a table's rows are stored in Postgres; they are the same without it. */
export type PostgresStorage<Column extends string> = {
  /** The order of rows by which they are found fast: an index, by which the table is clustered. */
  readonly clusterBy?: readonly Column[];
  /** Percent of a page that inserts fill, 10 to 100: less leaves room for updates beside the row. */
  readonly fillfactor?: number;
  /** Storage parameters of autovacuum by name, without its prefix: `{ vacuum_scale_factor: 0.02 }`. */
  readonly autovacuum?: Readonly<Record<string, number>>;
};

/** How a table that is a topic is stored: its copy in Postgres, and the topic. */
export type StreamStorage<Column extends string> = PostgresStorage<Column> & {
  /** The topic's cleanup policy; `delete` unless told otherwise. With `compact` only the newest record of a key is kept. */
  readonly cleanup?: StoragePlan['cleanup'];
};

/** What a user may say of any table, as it was declared. */
export type TableSettings = {
  readonly name: string;
  readonly comment: string | null;
  readonly version: number;
  /** Null for the layer that the table's source suggests. */
  readonly layer: Layer | null;
  readonly storage: StreamStorage<string>;
  readonly tags: Readonly<Record<string, string>>;
  readonly personal: readonly string[];
  readonly subjects: readonly { readonly subject: string; readonly column: string }[];
  readonly columnComments: Readonly<Record<string, string>>;
};

/** The settings of a table of which nothing is said. */
export const unset = (name: string): TableSettings => ({
  name,
  comment: null,
  version: 1,
  layer: null,
  storage: {},
  tags: {},
  personal: [],
  subjects: [],
  columnComments: {},
});

/** What a user may say of any table. */
export interface Described {
  /** What the table holds, for the catalog. */
  comment(text: string): this;
  /** Raise it when the meaning of a function changed: functions are opaque to the table's hash. 1 by default. */
  version(n: number): this;
}

/** What a user may say of a table that can be of any layer. */
export interface Layered {
  /** The layer that the table belongs to, where its source suggests another: who may read it, and how it is shown. */
  layer(layer: Layer): this;
}

/** What a user may say of a table whose rows are kept. Each method returns another value and leaves this one as it was. */
export interface Governed<R> extends Described, Typed<R> {
  /** Adds tags for the catalog: `{ owner: 'sales', contains: 'orders' }`. */
  tags(tags: Readonly<Record<string, string>>): this;
  /** Marks columns that tell who somebody is: roles without the right see them masked. */
  personal(...columns: readonly ColumnName<R>[]): this;
  /**
   * Says that a column names the person whom a row is about: `medallion erase … --customer 17` finds rows by it. Tables
   * that take the column over need not say it again.
   */
  identifies(subject: string, column: ColumnName<R>): this;
  /** What columns hold, for the catalog: `{ email: 'where invoices go' }`. */
  commentOn(comments: { readonly [K in ColumnName<R>]?: string }): this;
}

/** A table in Postgres. */
export interface Stored<R> extends Governed<R>, Layered {
  /** How the table is kept in Postgres. */
  storage(options: PostgresStorage<ColumnName<R>>): this;
}

/** The fields of a table with the comments that it makes on them. */
export function commented(fields: readonly Field[], settings: TableSettings, report: Report): readonly Field[] {
  const comments = new Map(Object.entries(settings.columnComments));
  judgeColumns('commentOn', comments.keys(), fields, report);
  if (comments.size === 0) return fields;
  return fields.map((field) => ({ ...field, ...(comments.has(field.name) ? { doc: comments.get(field.name)! } : {}) }));
}

/** The storage of a table as a plan. */
export function storageOf(
  { storage }: TableSettings,
  cleanup: StoragePlan['cleanup'],
  fields: readonly Field[],
  report: Report,
): StoragePlan {
  const { clusterBy = [], fillfactor = null, autovacuum = {} } = storage;
  judgeColumns('clusterBy', clusterBy, fields, report);
  for (const name of clusterBy)
    if (fields.find((field) => field.name === name)?.type.kind === 'list')
      report(`it is clustered by "${name}", a list`, 'choose a column that has an order');
  if (fillfactor !== null && !(Number.isSafeInteger(fillfactor) && fillfactor >= 10 && fillfactor <= 100))
    report(`its fillfactor is ${fillfactor}`, 'use a whole number from 10 to 100');
  for (const [name, value] of Object.entries(autovacuum))
    if (!/^[a-z]+(_[a-z]+)*$/.test(name) || name.startsWith('autovacuum_') || !Number.isFinite(value))
      report(
        `"${name}: ${value}" is no setting of autovacuum`,
        'use names without their prefix and numbers, such as { vacuum_scale_factor: 0.02 }',
      );
  const parameters = Object.entries(autovacuum).map(([name, value]) => [`autovacuum_${name}`, value] as const);
  return { clusterBy, fillfactor, autovacuum: Object.fromEntries(parameters), cleanup: storage.cleanup ?? cleanup };
}

/** Tags and personal columns of a table as a plan. */
export function governanceOf(settings: TableSettings, fields: readonly Field[], report: Report): GovernancePlan {
  const personal = [...new Set(settings.personal)];
  judgeColumns('personal', personal, fields, report);
  for (const name of Object.keys(settings.tags))
    if (name.trim() === '') report('a tag has no name', 'name it: { owner: "sales" }');
  const subjects = subjectsOf(settings, fields, report);
  return { tags: settings.tags, personal, ...(subjects === null ? {} : { subjects }) };
}

/** What a column that names a person may hold: something that is written in one way only. */
const IDENTIFYING: readonly string[] = ['string', 'int', 'long'];

function subjectsOf(
  { subjects }: TableSettings,
  fields: readonly Field[],
  report: Report,
): Record<string, readonly string[]> | null {
  if (subjects.length === 0) return null;
  judgeColumns(
    'identifies',
    subjects.map(({ column }) => column),
    fields,
    report,
  );
  const found: Record<string, readonly string[]> = {};
  for (const { subject, column } of subjects) {
    if (!/^[a-z][a-z0-9_]*$/.test(subject))
      report(`"${subject}" is no name of a subject`, 'use lower-case letters, digits and _: "customer"');
    const type = fields.find(({ name }) => name === column)?.type.kind;
    if (type !== undefined && !IDENTIFYING.includes(type))
      report(`"${column}" identifies a ${subject}, and is a ${type}`, 'choose a column of text or whole numbers');
    found[subject] = [...new Set([...(found[subject] ?? []), column])];
  }
  return found;
}

function judgeColumns(what: string, names: Iterable<string>, fields: readonly Field[], report: Report): void {
  for (const name of names)
    if (!fields.some((field) => field.name === name))
      report(
        `${what} names column "${name}", which does not exist`,
        `choose one of ${quoted(fields.map((field) => field.name))}`,
      );
}
