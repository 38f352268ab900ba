import {
  isoInstant,
  json,
  materializedView,
  minutes,
  nonEmpty,
  oneOf,
  type PipelinePlan,
  pipeline,
  positive,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import { int, row, string } from '@medallion/schema';

/** Two declarations of one small pipeline: of the second one, rules take what the first one refuses. */
export type TestPlans = { readonly strict: PipelinePlan; readonly mended: PipelinePlan };

/** Visits of cities, of which nothing is personal, and guests, whose names are. */
export const testPlans = (name: string): TestPlans => ({
  strict: planOf(name, ['Oslo', 'Rome']),
  mended: planOf(name, ['Oslo', 'Rome', 'Atlantis']),
});

const RawVisit = row('RawVisit', { visit_id: string(), city: string(), at: string(), persons: int() });
const RawGuest = row('RawGuest', { guest_id: string(), guest_name: string(), city: string(), age: int() });

function planOf(name: string, cities: readonly [string, ...string[]]): PipelinePlan {
  const bronze = streamingTable('bronze_visits').from(
    topic(`${name}.visits`, { format: json(RawVisit), key: 'visit_id' }),
  );
  const silver = streamingTable('silver_visits')
    .comment('Visits of cities that there are')
    .from(bronze)
    .expect('has_persons', 'persons', positive)
    .expectOrQuarantine('has_id', 'visit_id', nonEmpty)
    .expectOrQuarantine('valid_city', 'city', oneOf(...cities))
    .expectOrQuarantine('valid_time', 'at', isoInstant)
    .eventTime('at', { watermarkDelay: minutes(5) });
  const gold = materializedView('gold_cities')
    .from(silver)
    .windowedBy(tumbling(minutes(5)))
    .groupBy('city')
    .aggregate((a) => ({ visits: a.count() }));
  const bronzeGuests = streamingTable('bronze_guests')
    .from(topic(`${name}.guests`, { format: json(RawGuest), key: 'guest_id' }))
    .personal('guest_name');
  const silverGuests = streamingTable('silver_guests')
    .from(bronzeGuests)
    .expectOrQuarantine('has_age', 'age', positive)
    .expectOrQuarantine('open_city', 'city', oneOf(...cities, 'Nowhere'))
    .expectOrDrop('known_city', 'city', oneOf(...cities))
    .personal('guest_name');
  return pipeline(name, { tables: [bronze, silver, gold, bronzeGuests, silverGuests] });
}
