import { days, type Instant, minutes } from '@medallion/core';
import {
  hopping,
  json,
  materializedView,
  notNull,
  type PipelinePlan,
  pipeline,
  session,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import {
  boolean,
  date,
  decimal,
  double,
  int,
  list,
  long,
  oneOfStrings,
  row,
  string,
  timestamp,
} from '@medallion/schema';

const Raw = row('Raw', {
  id: string(),
  region: string(),
  member: string(),
  amount: long(),
  size: double(),
  small: int(),
  flag: boolean(),
  at: timestamp(),
  day: date(),
  kind: oneOfStrings(['a', 'b']),
  price: decimal(12, 2),
  items: list(row('Item', { sku: string(), price: decimal(10, 2) })),
});

const raw = streamingTable('raw')
  .from(topic('contract.source', { format: json(Raw), key: 'id' }))
  .queryable({ partitionBy: 'ingestion_date', retention: days(10) });

const events = streamingTable('events')
  .from(raw)
  .expectOrQuarantine('has_time', 'at', notNull)
  .derive((c) => ({ event_time: c.timestamp((r) => r.at as Instant) }))
  .eventTime('event_time', { watermarkDelay: minutes(1) })
  .derive((c) => ({ doubled: c.nullable.double((r) => (r.size === null ? null : r.size * 2)) }));

/** Every kind of aggregate and computed column over groups that may be null. */
const byGroup = materializedView('by_group')
  .comment('every kind of measure')
  .from(events)
  .windowedBy(tumbling(minutes(1)))
  .groupBy('region', 'flag', 'amount')
  .aggregate((a) => ({
    events: a.count(),
    total: a.sum('amount'),
    total_size: a.sum('size'),
    least: a.min('size'),
    greatest: a.max('size'),
    first_at: a.min('at'),
    last_day: a.max('day'),
    mean_size: a.avg('size'),
    members: a.countDistinct('member'),
    amounts: a.countDistinct('amount'),
    total_price: a.sum('price'),
    mean_price: a.avg('price'),
    least_price: a.min('price'),
    prices: a.countDistinct('price'),
  }))
  .derive((v) => ({ rate: v.events.minus(1).per(v.total.plus(v.events).times(2)) }))
  .rank({ rank_by_size: 'total_size', rank_by_events: 'events' });

/** No groups: one row a window. */
const overall = materializedView('overall')
  .from(events)
  .windowedBy(tumbling(minutes(10)))
  .aggregate((a) => ({ events: a.count(), members: a.countDistinct('member') }))
  .cumulative({ total_events: 'events' });

/** No distinct counts, so that the plain path of a store is taken. */
const plain = materializedView('plain')
  .from(events)
  .windowedBy(tumbling(minutes(1), { grace: minutes(2) }))
  .groupBy('region')
  .aggregate((a) => ({
    ...{ events: a.count(), total: a.sum('amount'), mean: a.avg('amount') },
    ...{ total_price: a.sum('price'), mean_price: a.avg('price') },
  }))
  .cumulative({ total_events: 'events', running_price: 'total_price' });

/** Windows that overlap. */
const sliding = materializedView('sliding')
  .from(events)
  .windowedBy(hopping(minutes(5), { advance: minutes(3), grace: minutes(1) }))
  .groupBy('region')
  .aggregate((a) => ({ events: a.count(), members: a.countDistinct('member'), mean: a.avg('size') }))
  .rank({ rank_by_events: 'events' });

/** Windows that merge. */
const visits = materializedView('visits')
  .from(events)
  .windowedBy(session(minutes(1), { grace: minutes(1) }))
  .groupBy('region', 'flag')
  .aggregate((a) => ({
    ...{ events: a.count(), total: a.sum('amount'), members: a.countDistinct('member'), mean: a.avg('size') },
    ...{
      total_price: a.sum('price'),
      last_day: a.max('day'),
      first_at: a.min('at'),
      amounts: a.countDistinct('amount'),
    },
  }))
  .cumulative({ total_events: 'events' });

/** As `plain` with one measure more. */
const plainChanged = materializedView('plain')
  .from(events)
  .windowedBy(tumbling(minutes(1), { grace: minutes(2) }))
  .groupBy('region')
  .aggregate((a) => ({ events: a.count(), total: a.sum('amount'), mean: a.avg('amount'), more: a.max('amount') }));

/** The pipeline that the contract is checked with. */
export const contractPipeline = (name: string): PipelinePlan =>
  pipeline(name, { tables: [raw, events, byGroup, overall, sliding, visits, plain] });

/** The same pipeline before one of its views was declared, and after it was changed. */
export const pipelineWithoutPlain = (name: string): PipelinePlan =>
  pipeline(name, { tables: [raw, events, byGroup, overall, sliding, visits] });
export const pipelineWithPlainChanged = (name: string): PipelinePlan =>
  pipeline(name, { tables: [raw, events, byGroup, overall, sliding, visits, plainChanged] });

/** The table that the views read, and its topic. */
export const SOURCE = 'events';
export const topicOf = (plan: PipelinePlan): string => `${plan.name}.${SOURCE}`;
