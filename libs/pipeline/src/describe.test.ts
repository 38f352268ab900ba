import assert from 'node:assert/strict';
import { it, describe as suite } from 'node:test';
import { row, string, timestamp } from '@medallion/schema';
import {
  days,
  describe,
  hours,
  json,
  materializedView,
  minutes,
  nonEmpty,
  notNull,
  oneOf,
  pipeline,
  streamingTable,
  topic,
  tumbling,
} from './index.ts';

const Raw = row('Raw', { id: string('who'), at: timestamp(), status: string() });
const orders = streamingTable('orders')
  .comment('All orders')
  .from(topic('raw', { format: json(Raw), key: 'id' }))
  .expect('has_id', 'id', nonEmpty)
  .expectOrDrop('at', 'at', notNull)
  .expectOrQuarantine('status', 'status', oneOf('open', 'done'))
  .where('is not a test', (d) => d.id !== 'test')
  .derive((c) => ({ is_done: c.boolean((d) => d.status === 'done') }))
  .eventTime('at', { watermarkDelay: minutes(5), maxFutureSkew: hours(2) })
  .dedupe({ by: 'id', within: minutes(90) })
  .omit('_rescued_data', 'ingestion_timestamp', 'source_topic', 'source_partition', 'source_offset')
  .queryable({ partitionBy: 'ingestion_date', retention: days(3) })
  .version(2);
const perStatus = materializedView('per_status')
  .from(orders)
  .windowedBy(tumbling(minutes(5), { grace: minutes(1) }))
  .groupBy('status')
  .aggregate((a) => ({ events: a.count(), done: a.count((d) => d.is_done), last: a.max('at') }))
  .derive((v) => ({ ratio: v.done.per(v.events.plus(1).times(2)) }))
  .rank({ place: 'events' })
  .cumulative({ so_far: 'events' });

suite('describe', () => {
  it('shows the whole data path', () => {
    assert.equal(
      describe(pipeline('shop', { tables: [orders, perStatus] })),
      `pipeline shop (Postgres schema shop)

bronze orders (streaming table, version 2)
  "All orders"
  from        topic raw (json, key id)
  expect      has_id: id is not empty, or warn
  expect      at: at is not null, or drop
  expect      status: status one of open, done, or quarantine
  where       is not a test
  derive      is_done
  event time  at, watermark 5 min behind, at most 2 h ahead of ingestion
  dedupe      by id within 1 h 30 min
  omit        _rescued_data, ingestion_timestamp, source_topic, source_partition, source_offset
  topic       shop.orders (7 d)
  quarantine  shop.orders.quarantine
  queryable   by ingestion_date, 3 d
  columns
    id              string or null  -- who
    at              timestamp
    status          one of open, done
    ingestion_date  date  -- the day of ingestion_timestamp
    is_done         boolean

gold per_status (materialized view)
  from        orders
  window      tumbling 5 min, grace 1 min, over at, watermark 5 min behind
  group by    status
  measure     events = count()
  measure     done = count() where d.is_done
  measure     last = max(at)
  compute     ratio = done / ((events + 1) * 2)
  compute     place = rank by events within the window
  compute     so_far = sum of events over all windows so far
  columns
    window_start  timestamp  -- the first instant of the window
    window_end    timestamp  -- the first instant after the window
    status        one of open, done
    events        long
    done          long
    last          timestamp or null
    ratio         double or null
    place         long
    so_far        long
`,
    );
  });
});
