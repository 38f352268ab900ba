import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import {
  Cursor,
  FORMAT,
  Limit,
  PIPELINE,
  Pipeline,
  RowPage,
  Series,
  StorableText,
  TABLE,
} from '../../contract/index.ts';
import type { Parts } from '../../parts.ts';
import { csvHeaders, csvStream } from '../csv.ts';
import { exportRows } from './export-rows.ts';
import type { KnownTables } from './known-tables.ts';
import { pageReading, readPage } from './page.ts';
import { readSeries, seriesReading } from './series.ts';

const OfTable = Type.Object({
  pipeline: StorableText(200, PIPELINE),
  table: StorableText(200, TABLE),
});
const Format = Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('csv')], FORMAT));
const Text = (description: string) => Type.String({ maxLength: 1_200, description });
const Moment = (description: string) => Type.String({ format: 'date-time', description });

const only = { additionalProperties: false };
const RowsQuery = Type.Object(
  {
    limit: Limit(100, 500),
    cursor: Type.Optional(Cursor),
    order: Type.Optional(Text('A column, with `-` before it from the greatest; the key where nothing is said')),
    filter: Type.Optional(
      Type.Array(Text('`column:op:value`'), {
        maxItems: 10,
        description:
          '`column:op:value`, where op is `eq`, `ne`, `lt`, `lte`, `gt` or `gte`; `column:null:` and `column:not_null:`',
      }),
    ),
    format: Format,
  },
  only,
);
const SeriesQuery = Type.Object(
  {
    measures: Type.Optional(Text('Numeric columns, separated by commas; the first one where nothing is said')),
    group: Type.Optional(Text('The column that makes a line each: the eight greatest, and `(others)`')),
    from: Type.Optional(Moment('Windows from here on')),
    to: Type.Optional(Moment('Windows up to here')),
    points: Type.Integer({ minimum: 1, maximum: 500, default: 120, description: 'Windows at most, the newest' }),
  },
  only,
);

const ROUTE = '/api/pipelines/:pipeline/tables/:table';
const tags = ['tables'];

/** The tables of any pipeline: what there is, their rows, and what a chart of them shows. */
export function tableRoutes(app: FastifyInstance, { reader, versioned }: Parts, known: KnownTables): void {
  app.get(
    '/api/pipelines',
    { schema: { tags, summary: 'Pipelines and their tables', response: { 200: Type.Array(Pipeline) } } },
    async () =>
      [...(await known.all()).values()].map(({ name, schema, tables }) => ({
        ...{ name, schema },
        tables: [...tables.values()].map(({ table }) => table),
      })),
  );

  app.get<{ Params: Static<typeof OfTable>; Querystring: Static<typeof RowsQuery> }>(
    `${ROUTE}/rows`,
    {
      schema: {
        ...{ tags, summary: 'Rows of a table, as JSON or CSV' },
        ...{ params: OfTable, querystring: RowsQuery, response: { 200: RowPage } },
      },
    },
    async (request, reply) => {
      const { pipeline, table: name } = request.params;
      const { limit, cursor, order, filter: filters = [], format } = request.query;
      const table = await known.stored(pipeline, name);
      const asked = { limit, cursor, order, filters };
      const reading = pageReading(table, asked);
      if (format === 'csv')
        return reply
          .headers(csvHeaders(`${pipeline}-${name}`))
          .send(await csvStream(exportRows(reader.query, pipeline, table, asked)));
      const key = JSON.stringify(['rows', name, limit, cursor ?? '', order ?? '', ...filters]);
      return versioned.answer(pipeline, key, async (query, asOf) => ({
        asOf,
        columns: table.table.columns,
        ...(await readPage(query, pipeline, table, reading, limit)),
      }));
    },
  );

  app.get<{ Params: Static<typeof OfTable>; Querystring: Static<typeof SeriesQuery> }>(
    `${ROUTE}/series`,
    {
      schema: {
        ...{ tags, summary: 'Measures of a table over time, or by group' },
        ...{ params: OfTable, querystring: SeriesQuery, response: { 200: Series } },
      },
    },
    async (request) => {
      const { pipeline, table: name } = request.params;
      const { points, ...asked } = request.query;
      const table = await known.stored(pipeline, name);
      const reading = seriesReading(table, { points, ...asked });
      const key = JSON.stringify(['series', name, points, asked.measures, asked.group, asked.from, asked.to]);
      return versioned.answer(pipeline, key, async (query, asOf) => ({
        asOf,
        ...(await readSeries(query, table, reading)),
      }));
    },
  );
}
