import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { Overview } from '../../contract/index.ts';
import type { Channel, Parts } from '../../parts.ts';
import { FLAGSHIP } from '../flagship.ts';
import type { KnownTables } from '../tables/known-tables.ts';
import { readOverview } from './overview.ts';

const STANDARD_MINUTES = 60;
const OverviewQuery = Type.Object(
  {
    minutes: Type.Integer({
      ...{ minimum: 5, maximum: 1_440, default: STANDARD_MINUTES },
      description: 'The last so many minutes of event time',
    }),
  },
  { additionalProperties: false },
);

/** One answer for all who look, until the next commit. */
const answer = ({ versioned, clock }: Parts, minutes: number): Promise<Overview> =>
  versioned.answer(FLAGSHIP, `overview ${minutes}`, (query, asOf) => readOverview(query, asOf, clock.now(), minutes));

/** `GET /api/overview`. */
export function overviewRoutes(app: FastifyInstance, parts: Parts, known: KnownTables): void {
  app.get<{ Querystring: Static<typeof OverviewQuery> }>(
    '/api/overview',
    {
      schema: {
        ...{ tags: ['business'], summary: 'Everything on the business page that follows the gold tables' },
        ...{ querystring: OverviewQuery, response: { 200: Overview } },
      },
    },
    async (request) => {
      await known.pipeline(FLAGSHIP);
      return answer(parts, request.query.minutes);
    },
  );
}

/** The overview of the last hour, twice a second at most. */
export const overviewChannel = (parts: Parts): Channel => ({
  ...{ name: 'overview', when: 'commit', everyMs: 500, onlyChanges: true },
  read: async (pipeline) => (pipeline === FLAGSHIP ? answer(parts, STANDARD_MINUTES) : null),
});
