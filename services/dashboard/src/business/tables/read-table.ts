import { maskedSchema } from '@medallion/postgres';
import type { Column, Table } from '../../contract/index.ts';
import { isNumeric, type Kind } from '../values.ts';
import type { ColumnEntry, Entry } from './catalogue.ts';

/** A table or view of Postgres, with the columns that may be read. */
export type Relation = {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns that are never null. */
  readonly strict: readonly string[];
  /** The columns of a unique constraint; none of a view. */
  readonly key: readonly string[];
};

/** A column as it is read. */
export type ReadColumn = Column & { readonly kind: Kind };

/** How the numbers of several rows become one; `alone` cannot be put together, as an average of averages is none. */
export type Merge = 'sum' | 'min' | 'max' | 'alone';

/** A table and how it is read. */
export type ReadTable = {
  readonly name: string;
  /** What the contract says of it. */
  readonly table: Table;
  /** What is read: the table, or the view of it that masks personal columns; null where Postgres has no rows. */
  readonly relation: Pick<Relation, 'schema' | 'name'> | null;
  readonly columns: ReadonlyMap<string, ReadColumn>;
  /** The columns of the order in which rows are paged, and whether each can be null. */
  readonly order: readonly { readonly name: string; readonly nullable: boolean }[];
  /** Whether no two rows are alike in `order`, as they are shown. */
  readonly isUnique: boolean;
  /** Newest first. */
  readonly descending: boolean;
  /** The stored state of a windowed view, where it may be read: its key is indexed, which ranks hide in the view. */
  readonly state: Pick<Relation, 'schema' | 'name' | 'columns'> | null;
  /** Rows come with this time, and are found by it alone (BRIN); null for other tables. */
  readonly arrival: string | null;
  readonly merges: ReadonlyMap<string, Merge>;
};

const WINDOW_START = 'window_start';
const ARRIVAL = 'ingestion_timestamp';
/** Where a row of a queryable copy came from. */
const PLACES = ['source_topic', 'source_partition', 'source_offset', 'source_file', 'source_row'];
const FEED = '_commit_version';

/** Columns that views over windows have beside the declared ones. */
const SHOWN: readonly ColumnEntry[] = [
  { column_name: 'is_final', type: 'boolean', comment: 'Whether the window is closed' },
  { column_name: 'closed_by_clock', type: 'boolean', comment: 'Whether it was closed in silence' },
  { column_name: 'updated_at', type: 'timestamp', comment: 'When the row was written last' },
].map((column) => ({ ...column, pipeline: '', table_name: '', nullable: false, type: column.type as Kind }));

/** Puts together what is known of a table. */
export function readTable(
  entry: Entry,
  declared: readonly ColumnEntry[],
  relationOf: (schema: string, name: string) => Relation | null,
): ReadTable {
  const { description, schema_name: schema, table_name: name } = entry;
  const personal = new Set(description.personal ?? []);
  const own = relationOf(schema, name);
  const stored = entry.kind === 'view' ? null : own;
  // Who may read a table with personal columns reads them masked all the same, here.
  const shown = stored === null || personal.size === 0 ? stored : relationOf(maskedSchema(schema), name);
  const relation = shown === null || shown.columns.length === 0 ? null : shown;
  const isWindowed = description.window !== undefined;
  const known = [...declared, ...(isWindowed ? SHOWN.filter((c) => own?.columns.includes(c.column_name)) : [])];
  const columns = known
    .filter(({ column_name }) => relation === null || relation.columns.includes(column_name))
    .map((column) => columnOf(column, personal));
  const state = isWindowed ? relationOf(schema, `${name}__state`) : null;
  const key = [...keyOf(entry, columns, own)];
  const strict = new Set([WINDOW_START, ...((state ?? own)?.strict ?? [])]);
  const merges = new Map(columns.map((column) => [column.name, mergeOf(entry, column)]));
  return {
    name,
    table: {
      ...{ name, layer: entry.layer, kind: entry.kind, comment: entry.comment },
      ...{ stored: relation !== null, topic: description.topic ?? null },
      columns: columns.map(({ kind: _, ...column }) => column),
      windowMs: description.window_ms ?? null,
      // What puts rows in order need not name one: the arrival does not, the coordinates do.
      key: key[0] === ARRIVAL ? key.slice(1) : key,
      measures: measured(columns.filter((c) => isNumeric(c.kind) && !key.includes(c.name) && !c.personal)),
      tags: { ...description.tags },
    },
    relation,
    columns: new Map(columns.map((column) => [column.name, column])),
    order: key.map((column) => ({ name: column, nullable: !strict.has(column) })),
    isUnique: (isWindowed || (own?.key.length ?? 0) > 0) && key.every((column) => !personal.has(column)),
    descending: isWindowed || key[0] === ARRIVAL || key[0] === FEED,
    state: personal.size === 0 && state !== null && state.columns.includes(WINDOW_START) ? state : null,
    arrival: key[0] === ARRIVAL ? ARRIVAL : null,
    merges,
  };
}

const columnOf = (
  { column_name: name, type, nullable, comment }: ColumnEntry,
  personal: ReadonlySet<string>,
): ReadColumn => ({ name, type, kind: type, nullable, comment, personal: personal.has(name) });

/** The columns that name a row, or at least put the rows in order. */
function keyOf({ kind, description }: Entry, columns: readonly ReadColumn[], own: Relation | null): readonly string[] {
  const has = (name: string): boolean => columns.some((column) => column.name === name);
  if (description.window !== undefined) return [WINDOW_START, ...(description.group_by ?? [])].filter(has);
  if (kind === 'change_feed') return [FEED].filter(has);
  if (has(ARRIVAL) && kind === 'streaming_table') return [ARRIVAL, ...PLACES].filter(has);
  return (own?.key ?? []).filter(has);
}

function mergeOf({ kind, description }: Entry, column: ReadColumn): Merge {
  // The rows of these are facts, and facts add up; what is computed of groups is not known to.
  if (description.window === undefined) return kind === 'relational_view' ? 'alone' : 'sum';
  switch (description.measures?.find((measure) => measure.name === column.name)?.kind) {
    case 'count':
    case 'sum':
      return 'sum';
    case 'min':
      return 'min';
    case 'max':
      return 'max';
    default:
      return 'alone';
  }
}

/** Numbers that name something, or say where it is: nothing that anybody adds up. */
const NAMES_SOMETHING = /(^|_)(id|key|sk|latitude|longitude)$/;

/** The columns that are drawn first come first: amounts before numbers that are names. */
function measured(columns: readonly { readonly name: string }[]): string[] {
  const names = columns.map(({ name }) => name);
  return [
    ...names.filter((name) => !NAMES_SOMETHING.test(name)),
    ...names.filter((name) => NAMES_SOMETHING.test(name)),
  ];
}
