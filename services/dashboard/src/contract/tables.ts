import Type, { type Static } from 'typebox';
import { AsOf, Column, Instant, Nullable, Row } from './common.ts';

export const Layer = Type.Union([Type.Literal('bronze'), Type.Literal('silver'), Type.Literal('gold')]);
export type Layer = Static<typeof Layer>;

/** What there is to know of a table without reading it. */
export const Table = Type.Object({
  name: Type.String(),
  layer: Layer,
  kind: Type.String({
    description: 'streaming_table, keyed_table, view, materialized_view, relational_view, change_feed',
  }),
  comment: Nullable(Type.String()),
  stored: Type.Boolean({ description: 'Whether Postgres has its rows' }),
  topic: Nullable(Type.String()),
  columns: Type.Array(Column),
  /** Of windowed views. */
  windowMs: Nullable(Type.Integer()),
  key: Type.Array(Type.String(), { description: 'The columns that name a row, the window start first' }),
  measures: Type.Array(Type.String(), { description: 'Its numeric columns that are no key: what a chart can draw' }),
  tags: Type.Record(Type.String(), Type.String()),
});
export type Table = Static<typeof Table>;

/** A pipeline that has tables in this database. `GET /api/pipelines`: a list of all. */
export const Pipeline = Type.Object({
  name: Type.String(),
  schema: Type.String(),
  tables: Type.Array(Table),
});
export type Pipeline = Static<typeof Pipeline>;

/**
 * A page of rows. `GET /api/pipelines/:pipeline/tables/:table/rows?limit=100&cursor=&order=&filter=&format=csv`
 *
 * `order`: a column, with `-` before it from the greatest; without, by the key, and where that begins with a time the newest
 * first. `filter`, ten times at most: `column:op:value`, where op is eq, ne, lt, lte, gt or gte; `column:null:` and
 * `column:not_null:`. `format=csv`: all rows from there on, 100,000 at most.
 */
export const RowPage = Type.Object({
  asOf: AsOf,
  columns: Type.Array(Column),
  rows: Type.Array(Row),
  nextCursor: Nullable(Type.String()),
});
export type RowPage = Static<typeof RowPage>;

/**
 * Measures of a table for a chart. `GET /api/pipelines/:pipeline/tables/:table/series?measures=a,b&group=&points=&from=&to=`
 *
 * Without `measures` the first of them. A value is null where it cannot be had from the rows that it would stand for: rates
 * and averages of several rows are in no table, sums are. The name of a group that is null is `(none)`, of all those beyond
 * the eight greatest `(others)`.
 */
export const Series = Type.Object({
  asOf: AsOf,
  /** Over time: windows or days, oldest first; otherwise groups. */
  axis: Type.Union([Type.Literal('time'), Type.Literal('group')]),
  x: Type.Array(Type.String()),
  /** Whether the window is closed; null where there are no windows. */
  final: Nullable(Type.Array(Type.Boolean())),
  lines: Type.Array(
    Type.Object({ name: Type.String(), group: Nullable(Type.String()), values: Type.Array(Nullable(Type.Number())) }),
  ),
});
export type Series = Static<typeof Series>;

/** A commit of the gold service, as the live channel tells it. */
export const Commit = Type.Object({
  pipeline: Type.String(),
  version: Type.String(),
  committedAt: Nullable(Instant),
  watermark: Nullable(Instant),
});
export type Commit = Static<typeof Commit>;
