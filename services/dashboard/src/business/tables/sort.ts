import { invalid } from '../problems.ts';
import { type Kind, sqlType } from '../values.ts';
import { type Cursor, readCursor } from './cursor.ts';
import type { ReadTable } from './read-table.ts';
import { ident, type Values } from './sql-names.ts';

/** A column that rows are put in order by. Null counts as the greatest value. */
export type SortColumn = { readonly name: string; readonly kind: Kind; readonly nullable: boolean };

/** The order of a table's rows: all columns rise, or all fall, as an index can be read. */
export type Sort = {
  readonly columns: readonly SortColumn[];
  readonly descending: boolean;
  /** Whether no two rows are alike in these columns; else `ties` order those that are. */
  readonly isUnique: boolean;
  readonly ties: readonly string[];
  /** Names the order, for cursors. */
  readonly name: string;
};

/** The order that is asked for: a column, from the greatest with `-` before it; or the table's own. @throws MED_REQUEST_INVALID */
export function sortOf(table: ReadTable, order: string | undefined): Sort {
  const comparable = [...table.columns.values()].filter(({ kind }) => sqlType(kind) !== null);
  const own = table.order.flatMap(({ name, nullable }): SortColumn[] => {
    const column = table.columns.get(name);
    return column === undefined || sqlType(column.kind) === null ? [] : [{ name, kind: column.kind, nullable }];
  });
  // Of a table without any key, some order is better than none.
  const usual = own.length > 0 ? own : comparable.slice(0, 1).map(({ name, kind }) => ({ name, kind, nullable: true }));
  const asked = order === undefined || order === '' ? undefined : order.replace(/^-/, '');
  const column = asked === undefined ? undefined : comparable.find(({ name }) => name === asked);
  if (asked !== undefined && column === undefined)
    throw invalid(`order: there is no column ${shown(asked)} to order by`);
  const columns =
    column === undefined || column.name === usual[0]?.name
      ? usual
      : [{ name: column.name, kind: column.kind, nullable: true }, ...usual.filter(({ name }) => name !== column.name)];
  const descending = asked === undefined ? table.descending : order!.startsWith('-');
  return {
    columns,
    descending,
    isUnique: table.isUnique,
    ties: table.isUnique
      ? []
      : comparable.map(({ name }) => name).filter((name) => columns.every((sorted) => sorted.name !== name)),
    name: `${table.table.layer}.${table.name} ${descending ? '-' : ''}${columns[0]?.name ?? ''}`,
  };
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 60));

/** The place where the page before ended. @throws MED_REQUEST_INVALID */
export const startOf = (sort: Sort, cursor: string | undefined): Cursor | null =>
  cursor === undefined || cursor === '' ? null : readCursor(cursor, sort.name, sort.columns);

/** A part of the rows in which the leading column is null everywhere or nowhere, so that an index can be read in order. */
export type Segment = {
  readonly leading: 'any' | 'null' | 'known';
  /** Where in it to begin: null for its first row. */
  readonly from: Cursor | null;
};

/** The parts that are still to come, in order. */
export function segmentsOf({ columns, descending }: Sort, from: Cursor | null): readonly Segment[] {
  if (columns[0]?.nullable !== true) return [{ leading: 'any', from }];
  const nulls: Segment = { leading: 'null', from: null };
  const known: Segment = { leading: 'known', from: null };
  const all = descending ? [nulls, known] : [known, nulls];
  if (from === null) return all;
  const at = all.findIndex(({ leading }) => (leading === 'null') === (from.values[0] === null));
  return [{ ...all[at]!, from }, ...all.slice(at + 1)];
}

/** The conditions on the rows of a segment from its beginning on; that begins with rows already shown where not unique. */
export function segmentSql(sort: Sort, { leading, from }: Segment, values: Values): readonly string[] {
  const first = sort.columns[0];
  if (first === undefined) return [];
  const bounds = leading === 'any' ? [] : [`${ident(first.name)} IS ${leading === 'null' ? '' : 'NOT '}NULL`];
  if (from === null) return bounds;
  const places = sort.columns.map((column, i) => {
    const value = from.values[i]!;
    return {
      sql: ident(column.name),
      nullable: column.nullable && !(i === 0 && leading === 'known'),
      value: value === null ? null : values.add(value, sqlType(column.kind)!),
    };
  });
  const operator = sort.descending ? '<' : '>';
  const orEqual = sort.isUnique ? '' : '=';
  if (places.every(({ nullable, value }) => !nullable && value !== null))
    return [
      ...bounds,
      `(${places.map(({ sql }) => sql).join(', ')}) ${operator}${orEqual} (${places.map(({ value }) => value).join(', ')})`,
    ];
  const equal = ({ sql, value }: (typeof places)[number]): string =>
    value === null ? `${sql} IS NULL` : `${sql} = ${value}`;
  const beyond = ({ sql, nullable, value }: (typeof places)[number]): string => {
    if (value === null) return sort.descending ? `${sql} IS NOT NULL` : 'FALSE';
    return nullable && !sort.descending ? `(${sql} > ${value} OR ${sql} IS NULL)` : `${sql} ${operator} ${value}`;
  };
  const steps = places.map((place, i) => [...places.slice(0, i).map(equal), beyond(place)].join(' AND '));
  if (!sort.isUnique) steps.push(places.map(equal).join(' AND '));
  const [leader] = places;
  // Says again of the leading column what follows, in a form that an index is looked up by.
  if (leader!.value !== null && (sort.descending || !leader!.nullable))
    bounds.push(`${leader!.sql} ${operator}= ${leader!.value}`);
  return [...bounds, `(${steps.map((step) => `(${step})`).join(' OR ')})`];
}

/** The ORDER BY of a segment. */
export function orderSql(sort: Sort, { leading }: Segment): string {
  const sorted = sort.columns.slice(leading === 'null' ? 1 : 0).map(({ name }) => name);
  const columns = [...sorted, ...sort.ties].map((name) => `${ident(name)} ${sort.descending ? 'DESC' : 'ASC'}`);
  return columns.length === 0 ? '' : `ORDER BY ${columns.join(', ')}`;
}
