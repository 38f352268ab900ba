import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { CITY, Deliveries, GIFT_TYPE, Limit, REGION } from '../../contract/index.ts';
import type { Channel, Parts } from '../../parts.ts';
import { FLAGSHIP } from '../flagship.ts';
import type { KnownTables } from '../tables/known-tables.ts';
import { ARRIVED, arrived, newestDeliveries } from './deliveries.ts';
import { DeliveryStream } from './stream.ts';

/** Events of one message of the live channel at most. */
const SENT_AT_ONCE = 20;
const Word = (said: object) => Type.Optional(Type.String({ maxLength: 100, ...said }));
const DeliveriesQuery = Type.Object(
  {
    limit: Limit(50, 200),
    region: Word(REGION),
    status: Word({ description: 'This status alone', examples: ['delivered'] }),
    gift_type: Word(GIFT_TYPE),
    city: Word(CITY),
  },
  { additionalProperties: false },
);

/** `GET /api/deliveries`. */
export function deliveryRoutes(app: FastifyInstance, { versioned }: Parts, known: KnownTables): void {
  app.get<{ Querystring: Static<typeof DeliveriesQuery> }>(
    '/api/deliveries',
    {
      schema: {
        ...{ tags: ['business'], summary: 'The newest events as they arrived' },
        ...{ querystring: DeliveriesQuery, response: { 200: Deliveries } },
      },
    },
    async (request) => {
      const { limit, region, status, gift_type, city } = request.query;
      const table = await known.stored(FLAGSHIP, ARRIVED);
      const key = JSON.stringify(['deliveries', limit, region, status, gift_type, city]);
      return versioned.answer(FLAGSHIP, key, async (query) => ({
        deliveries: await newestDeliveries(query, table, { region, status, gift_type, city }, limit),
        skipped: 0,
      }));
    },
  );
}

/** The newest events since the last message, once a second at most. */
export function deliveriesChannel({ reader }: Parts, known: KnownTables): Channel {
  const stream = new DeliveryStream();
  return {
    ...{ name: 'deliveries', when: 'commit', everyMs: 1_000, onlyChanges: false },
    async read(pipeline) {
      if (pipeline !== FLAGSHIP) return null;
      const table = await known.stored(FLAGSHIP, ARRIVED);
      return stream.next(
        await reader.snapshot(async (query) => ({
          newest: await newestDeliveries(query, table, {}, SENT_AT_ONCE),
          arrived: await arrived(query),
        })),
      );
    },
  };
}
