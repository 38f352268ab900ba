// Checked by the compiler: every line that must not compile says so, and every type is compared exactly.
import { boolean, date, double, int, long, row, string, timestamp } from '@medallion/schema';
import {
  type Aggregates,
  atLeast,
  between,
  check,
  days,
  type EpochDay,
  files,
  type Instant,
  isoInstant,
  json,
  jsonLines,
  type Measures,
  materializedView,
  minutes,
  nonEmpty,
  notNull,
  oneOf,
  orNull,
  positive,
  type Row,
  streamingTable,
  topic,
  tumbling,
} from './index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const ok = <T extends true>(..._: T[]) => {};

const RawDelivery = row('RawDelivery', {
  delivery_id: string(),
  delivered_at: string(),
  status: string(),
  region: string(),
  latitude: double(),
  gift_count: int(),
  seen_at: timestamp(),
  seen_on: date(),
  serial: long(),
  fragile: boolean(),
});
const source = topic('deliveries', { format: json(RawDelivery), key: 'delivery_id' });
// @ts-expect-error the key is a declared column
topic('deliveries', { format: json(RawDelivery), key: 'id' });

// Bronze: every declared column may be null, and the audit columns are there.
const bronze = streamingTable('bronze').from(source);
type Bronze = Row<typeof bronze>;
ok<Equal<Bronze['status'], string | null>>();
ok<Equal<Bronze['fragile'], boolean | null>>();
ok<Equal<Bronze['seen_at'], Instant | null>>();
ok<Equal<Bronze['_rescued_data'], string | null>>();
ok<Equal<Bronze['ingestion_timestamp'], Instant>>();
ok<Equal<Bronze['ingestion_date'], EpochDay>>();
ok<Equal<Bronze['source_offset'], number>>();

// The text of a record is a column where it is asked for, and nowhere else.
const withText = topic('deliveries', { format: json(RawDelivery), key: 'delivery_id', raw: true });
const texts = streamingTable('texts').from(withText);
ok<Equal<Row<typeof texts>['_raw'], string | null>>();
ok<Equal<Omit<Row<typeof texts>, '_raw'>, Bronze>>();
const landed = { pattern: '*.json', format: jsonLines(RawDelivery), key: 'delivery_id' } as const;
const read = streamingTable('read').from(files('deliveries', { ...landed, raw: true }));
ok<Equal<Row<typeof read>['_raw'], string | null>>();
ok<Equal<Omit<Row<typeof read>, '_raw'>, FileRow>>();
const plain = streamingTable('plain').from(files('deliveries', { ...landed, raw: false }));
type FileRow = Row<typeof plain>;
// @ts-expect-error nobody asked for it
bronze.select('_raw');
// @ts-expect-error nobody asked for it
plain.select('_raw');
// @ts-expect-error the first flow brings a column that this one has not
streamingTable('t').appendFlow('a', withText).appendFlow('b', source);

bronze.queryable({ partitionBy: 'ingestion_date', retention: days(30) });
// @ts-expect-error a copy is partitioned by a day, not by an instant
bronze.queryable({ partitionBy: 'ingestion_timestamp', retention: days(30) });
// @ts-expect-error seen_on may be null
bronze.queryable({ partitionBy: 'seen_on', retention: days(30) });
// @ts-expect-error a plain number is not a duration
bronze.retention(86_400_000);

// Blocking expectations narrow.
const valid = streamingTable('silver')
  .from(bronze)
  .expectOrQuarantine('valid_delivery_id', 'delivery_id', nonEmpty)
  .expectOrDrop('valid_time', 'delivered_at', isoInstant)
  .expectOrFail('valid_status', 'status', oneOf('en_route', 'delivered', 'delayed'))
  .expectOrQuarantine('valid_numbers', { latitude: between(-90, 90), gift_count: positive });
type Valid = Row<typeof valid>;
ok<Equal<Valid['delivery_id'], string>>();
ok<Equal<Valid['delivered_at'], Instant>>();
ok<Equal<Valid['status'], 'en_route' | 'delivered' | 'delayed'>>();
ok<Equal<Valid['latitude'], number>>();
ok<Equal<Valid['gift_count'], number>>();
ok<Equal<Valid['region'], string | null>>();
ok<Equal<keyof Valid, keyof Bronze>>();
// @ts-expect-error after oneOf a misspelt status is no status
valid.where('is delayed', (d) => d.status === 'delayd');
// @ts-expect-error the column is an instant now
valid.expectOrDrop('again', 'delivered_at', isoInstant);

ok<Equal<Row<ReturnType<typeof afterNotNull>>['seen_at'], Instant>>();
const afterNotNull = () => bronze.expectOrDrop('seen', 'seen_at', notNull);
ok<Equal<Row<ReturnType<typeof afterAtLeast>>['seen_at'], Instant>>();
const afterAtLeast = () => bronze.expectOrDrop('seen', 'seen_at', atLeast(0));
ok<Equal<Row<ReturnType<typeof afterOrNull>>['status'], 'a' | 'b' | null>>();
const afterOrNull = () => bronze.expectOrDrop('status', 'status', orNull(oneOf('a', 'b')));
ok<Equal<Row<ReturnType<typeof afterOrNullOfNotNull>>['delivery_id'], string>>();
const afterOrNullOfNotNull = () => valid.expectOrDrop('id', 'delivery_id', orNull(nonEmpty));
ok<Equal<Row<ReturnType<typeof afterTwo>>['status'], 'delivered'>>();
const afterTwo = () => valid.expectOrDrop('two', 'status', oneOf('delivered', 'lost'));
ok<Equal<Row<ReturnType<typeof afterOwn>>['status'], `x${string}`>>();
const afterOwn = () =>
  bronze.expectOrDrop(
    'own',
    'status',
    check('starts with x', (s: string): s is `x${string}` => s.startsWith('x')),
  );
ok<Equal<Row<ReturnType<typeof afterRow>>, Bronze>>();
const afterRow = () => bronze.expectOrDrop('row', 'in the north', (d) => d.latitude !== null && d.latitude > 0);
ok<Equal<Row<ReturnType<typeof afterAll>>['latitude'], number>>();
ok<Equal<Row<ReturnType<typeof afterAll>>['status'], 'a' | 'b'>>();
ok<Equal<Row<ReturnType<typeof afterAll>>['region'], string>>();
const afterAll = () =>
  bronze.expectAllOrQuarantine({
    valid_latitude: { latitude: between(-90, 90) },
    valid_text: { status: oneOf('a', 'b'), region: nonEmpty },
  });

// A warning narrows nothing.
ok<Equal<Row<ReturnType<typeof warned>>, Bronze>>();
const warned = () =>
  bronze
    .expect('s', 'status', oneOf('a', 'b'))
    .expect('t', { latitude: positive })
    .expectAll({ u: { region: nonEmpty } });

// @ts-expect-error there is no such column
bronze.expect('x', 'stauts', nonEmpty);
// @ts-expect-error there is no such column
bronze.expectOrDrop('x', { stauts: nonEmpty });
// @ts-expect-error one of the columns does not exist
bronze.expectOrDrop('x', { status: nonEmpty, stauts: nonEmpty });
// @ts-expect-error there is no such column
bronze.expectAllOrDrop({ x: { status: nonEmpty, stauts: nonEmpty } });
// @ts-expect-error oneOf needs a column of text
bronze.expect('x', 'gift_count', oneOf('a'));
// @ts-expect-error between needs a column of numbers
bronze.expectOrDrop('x', { status: between(0, 1) });
// @ts-expect-error a rule over a row says true or false
bronze.expectOrDrop('x', 'in the north', (d) => d.latitude);

// Derived columns.
const silver = valid
  .derive((c) => ({
    is_delayed: c.boolean((d) => d.status === 'delayed'),
    happened_at: c.timestamp((d) => d.delivered_at),
    gifts_per_degree: c.nullable.double((d) => (d.latitude === 0 ? null : d.gift_count / d.latitude)),
  }))
  .eventTime('happened_at', { watermarkDelay: minutes(5) })
  .dedupe({ by: 'delivery_id', within: minutes(10) })
  .omit('source_topic', 'source_partition');
type Silver = Row<typeof silver>;
ok<Equal<Silver['is_delayed'], boolean>>();
ok<Equal<Silver['happened_at'], Instant>>();
ok<Equal<Silver['gifts_per_degree'], number | null>>();
ok<
  Equal<
    keyof Silver,
    Exclude<keyof Bronze, 'source_topic' | 'source_partition'> | 'is_delayed' | 'happened_at' | 'gifts_per_degree'
  >
>();

// @ts-expect-error the column exists already
valid.derive((c) => ({ status: c.string(() => 'x') }));
// @ts-expect-error null needs c.nullable
valid.derive((c) => ({ near: c.double((d) => (d.latitude > 0 ? d.latitude : null)) }));
// @ts-expect-error region may be null
valid.derive((c) => ({ shout: c.string((d) => d.region.toUpperCase()) }));
// @ts-expect-error a number is not an instant
valid.derive((c) => ({ at: c.timestamp((d) => d.gift_count) }));

// @ts-expect-error status is not an instant
valid.eventTime('status', { watermarkDelay: minutes(5) });
// @ts-expect-error seen_at may be null
valid.eventTime('seen_at', { watermarkDelay: minutes(5) });
// @ts-expect-error the watermark delay is a duration
valid.eventTime('delivered_at', { watermarkDelay: 300_000 });
// @ts-expect-error there is no event time yet
valid.dedupe({ by: 'delivery_id', within: minutes(10) });
// @ts-expect-error there is no such column any more
silver.omit('source_topic');
// @ts-expect-error a plain number is not a duration
tumbling(300_000);

// Views.
const windowed = materializedView('gold')
  .from(silver)
  .windowedBy(tumbling(minutes(5)));
const byRegion = windowed
  .groupBy('region', 'status')
  .aggregate((a) => ({
    events: a.count((d) => d.is_delayed),
    gifts: a.sum('gift_count'),
    mean: a.avg('gifts_per_degree'),
    first: a.min('happened_at', (d) => d.is_delayed),
    most: a.max('gift_count'),
    regions: a.countDistinct('region'),
  }))
  .derive((v) => ({ ratio: v.gifts.per(v.events.plus(1)) }))
  .rank({ place: 'gifts' })
  .cumulative({ so_far: 'events' });
ok<
  Equal<
    Row<typeof byRegion>,
    {
      readonly window_start: Instant;
      readonly window_end: Instant;
      readonly region: string | null;
      readonly status: 'en_route' | 'delivered' | 'delayed';
      readonly events: number;
      readonly gifts: number;
      readonly mean: number | null;
      readonly first: Instant | null;
      readonly most: number | null;
      readonly regions: number;
      readonly ratio: number | null;
      readonly place: number;
      readonly so_far: number;
    }
  >
>();
ok<Equal<keyof Row<ReturnType<typeof overall>>, 'window_start' | 'window_end' | 'events'>>();
const overall = () => windowed.aggregate((a) => ({ events: a.count() }));

// Measures and calculations can be shared.
const common = (a: Aggregates<Silver>) => ({ events: a.count(), gifts: a.sum('gift_count') });
const rates = (v: Measures<{ events: number; gifts: number }>) => ({ gifts_per_event: v.gifts.per(v.events) });
const shared = windowed.aggregate((a) => ({ ...common(a), most: a.max('gift_count') })).derive(rates);
ok<Equal<Row<typeof shared>['gifts_per_event'], number | null>>();
ok<Equal<Row<typeof shared>['most'], number | null>>();

const untimed = materializedView('gold').from(bronze);
// @ts-expect-error bronze has no event time
untimed.windowedBy(tumbling(minutes(1)));
const inherited = materializedView('gold').from(streamingTable('x').from(silver));
// @ts-expect-error event time is declared per table, not taken over from the source
inherited.windowedBy(tumbling(minutes(1)));
// @ts-expect-error there is no such column
windowed.groupBy('regoin');
// @ts-expect-error region is not numeric
windowed.aggregate((a) => ({ x: a.avg('region') }));
// @ts-expect-error instants are not added up
windowed.aggregate((a) => ({ x: a.sum('happened_at') }));
// @ts-expect-error text has no least value
windowed.aggregate((a) => ({ x: a.min('region') }));
// @ts-expect-error there is no such column
windowed.aggregate((a) => ({ x: a.count((d) => d.is_lost) }));
// @ts-expect-error the group has a column of that name
windowed.groupBy('region').aggregate((a) => ({ region: a.count() }));
// @ts-expect-error every windowed view has a column of that name
windowed.aggregate((a) => ({ window_start: a.count() }));
// @ts-expect-error a measure of that name exists
byRegion.derive((v) => ({ gifts: v.events.plus(1) }));
// @ts-expect-error there is no such measure
byRegion.derive((v) => ({ x: v.evnts.plus(1) }));
// @ts-expect-error instants are not calculated with
byRegion.derive((v) => ({ x: v.first.plus(1) }));
// @ts-expect-error a mean may be null, and null has no rank
byRegion.rank({ x: 'mean' });
// @ts-expect-error only measures are added up, not the columns of the group
byRegion.cumulative({ x: 'region' });
// @ts-expect-error a column of that name exists
byRegion.rank({ so_far: 'gifts' });
