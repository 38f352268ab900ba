import Type, { type Static } from 'typebox';
import { AsOf, Column, Nullable, Row } from './common.ts';
import { CITY, FROM, GIFT_TYPE, REGION, TO } from './parameters.ts';

/** What a pre-built query may be asked for; each names those that it knows. */
export const QueryParameters = Type.Object(
  {
    from: Type.Optional(Type.String({ format: 'date-time', ...FROM })),
    to: Type.Optional(Type.String({ format: 'date-time', ...TO })),
    region: Type.Optional(Type.String({ maxLength: 100, ...REGION })),
    gift_type: Type.Optional(Type.String({ maxLength: 100, ...GIFT_TYPE })),
    city: Type.Optional(Type.String({ maxLength: 100, ...CITY })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'Rows at most' })),
  },
  { additionalProperties: false },
);
export type QueryParameters = Static<typeof QueryParameters>;

export const ParameterName = Type.Union([
  Type.Literal('from'),
  Type.Literal('to'),
  Type.Literal('region'),
  Type.Literal('gift_type'),
  Type.Literal('city'),
  Type.Literal('limit'),
]);

/** A pre-built query. `GET /api/queries`: a list of all. */
export const QueryInfo = Type.Object({
  name: Type.String({ description: 'Its name in the address' }),
  title: Type.String(),
  description: Type.String({ description: 'What it tells' }),
  parameters: Type.Array(ParameterName, { description: 'What it may be asked for' }),
  /** How its rows are best drawn; what x, y and series are is for `chart` to say. */
  chart: Type.Object({
    kind: Type.Union([Type.Literal('line'), Type.Literal('bar'), Type.Literal('table')]),
    x: Nullable(Type.String()),
    y: Type.Array(Type.String()),
    series: Nullable(Type.String()),
  }),
});
export type QueryInfo = Static<typeof QueryInfo>;

/** One number that stands for an answer. */
export const Headline = Type.Object({
  label: Type.String(),
  value: Nullable(Type.Union([Type.Number(), Type.String()])),
  unit: Nullable(Type.String({ description: 'percent (of 1), minutes, km/h, or null for a count' })),
  /** What it was in the time of the same length before. */
  before: Nullable(Type.Number()),
});
export type Headline = Static<typeof Headline>;

/** The answer of a pre-built query. `GET /api/queries/:name`; with `format=csv` its rows alone, as text/csv. */
export const QueryResult = Type.Object({
  query: QueryInfo,
  parameters: QueryParameters,
  sql: Type.String({ description: 'What was run, with $1 … for the values' }),
  values: Type.Array(Type.Unknown(), { description: 'The values of the statement, in their order' }),
  asOf: AsOf,
  ageSeconds: Nullable(Type.Number({ description: 'Since the newest commit' })),
  headline: Nullable(Headline),
  columns: Type.Array(Column),
  rows: Type.Array(Row),
});
export type QueryResult = Static<typeof QueryResult>;
