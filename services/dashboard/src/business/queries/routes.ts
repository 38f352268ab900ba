import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { FORMAT, QueryInfo, QueryParameters, QueryResult } from '../../contract/index.ts';
import type { Parts } from '../../parts.ts';
import { csvHeader, csvHeaders, csvLines } from '../csv.ts';
import { FLAGSHIP } from '../flagship.ts';
import { notFound } from '../problems.ts';
import type { KnownTables } from '../tables/known-tables.ts';
import { QUERIES } from './all-queries.ts';
import { type Answer, answerQuery, infoOf } from './answer-query.ts';
import { saidOf } from './asked.ts';

const tags = ['queries'];
const OfQuery = Type.Object({
  name: Type.String({ maxLength: 200, description: 'A query that /api/queries lists', examples: ['top-cities'] }),
});
const Asking = Type.Object(
  {
    ...QueryParameters.properties,
    format: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('csv')], FORMAT)),
  },
  { additionalProperties: false },
);

/** `GET /api/queries` and `GET /api/queries/:name`. */
export function queryRoutes(app: FastifyInstance, { versioned, clock }: Parts, known: KnownTables): void {
  app.get(
    '/api/queries',
    { schema: { tags, summary: 'The pre-built queries', response: { 200: Type.Array(QueryInfo) } } },
    async () => QUERIES.map(infoOf),
  );

  app.get<{ Params: Static<typeof OfQuery>; Querystring: Static<typeof Asking> }>(
    '/api/queries/:name',
    {
      schema: {
        ...{ tags, summary: 'The answer of a pre-built query, as JSON or CSV' },
        ...{ params: OfQuery, querystring: Asking, response: { 200: QueryResult } },
      },
    },
    async (request, reply) => {
      const business = QUERIES.find(({ name }) => name === request.params.name);
      if (business === undefined) throw notFound('query', request.params.name, '/api/queries');
      const { format, ...given } = request.query;
      const said = saidOf(business, given);
      await known.pipeline(FLAGSHIP);
      const answer = await versioned.answer(FLAGSHIP, JSON.stringify(['query', business.name, said]), (query, asOf) =>
        answerQuery(query, asOf, business, said, clock.now()),
      );
      if (format !== 'csv') return { ...answer, ageSeconds: ageOf(answer, clock.now()) };
      const lines = csvHeader(business.columns) + csvLines(business.columns, answer.rows);
      return reply
        .headers({ ...csvHeaders(business.name), 'x-as-of': answer.asOf.version })
        .serializer((text: unknown) => text as string)
        .send(lines);
    },
  );
}

const ageOf = ({ asOf }: Answer, now: number): number | null =>
  asOf.committedAt === null ? null : Math.max(0, (now - Date.parse(asOf.committedAt)) / 1_000);
