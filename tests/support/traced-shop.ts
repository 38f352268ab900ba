// What tests of traces have in common: a small pipeline in memory, and ways to look at spans and headers.
import {
  isoInstant,
  json,
  materializedView,
  minutes,
  nonEmpty,
  pipeline,
  positive,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import { contextOf, type LogRecord } from '@medallion/runtime';
import { int, row, string } from '@medallion/schema';
import { MemoryCluster, type MemoryTracer, type SeenSpan, testPipeline } from '@medallion/testkit';

const NOON = Date.parse('2025-12-24T12:00:00Z');
/** The trace of a producer, and its span there. */
export const TRACE = '0af7651916cd43dd8448eb211c80319c';
export const PRODUCER = 'b7ad6b7169203331';
/** The headers of a record that its producer follows. */
export const SAMPLED = { traceparent: `00-${TRACE}-${PRODUCER}-01` };
/** The headers of one that it does not. */
export const NOT_SAMPLED = { traceparent: `00-${TRACE}-${PRODUCER}-00` };

const RawSale = row('RawSale', { sale_id: string(), at: string(), amount: int(), note: string() });
/** Sales as they come. */
export const bronze = streamingTable('bronze_sales').from(topic('sales', { format: json(RawSale), key: 'sale_id' }));
/** Sales that keep all rules. */
export const silver = streamingTable('silver_sales')
  .from(bronze)
  .expect('has_note', 'note', nonEmpty)
  .expectOrQuarantine('positive_amount', 'amount', positive)
  .expectOrQuarantine('valid_time', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: minutes(1) })
  .dedupe({ by: 'sale_id', within: minutes(10) });
/** The same table with fewer rules. */
export const mended = streamingTable('silver_sales')
  .from(bronze)
  .expectOrQuarantine('valid_time', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: minutes(1) })
  .dedupe({ by: 'sale_id', within: minutes(10) });
/** Sales by the minute. */
export const perMinute = (source: typeof silver | typeof mended) =>
  materializedView('sales_per_minute')
    .from(source)
    .windowedBy(tumbling(minutes(1)))
    .aggregate((a) => ({ sales: a.count(), amount: a.sum('amount') }));
const shopPlan = pipeline('shop', { tables: [bronze, silver, perMinute(silver)] });

/** A sale that breaks no rule. */
export const sale = (sale_id: string, over: object = {}) => ({
  ...{ sale_id, at: '2025-12-24T11:00:00Z', amount: 1, note: 'n' },
  ...over,
});

/** A pipeline with a tracer, and what its topics hold. */
export function shopWith(tracer: MemoryTracer | null, plan = shopPlan) {
  const cluster = new MemoryCluster({ now: () => NOON });
  const shop = testPipeline(plan, { cluster, partitions: 1, ...(tracer === null ? {} : { tracer }) });
  const records = (name: string): readonly LogRecord[] =>
    cluster.topic(name)?.flatMap((log) => [...log.slice(log.low, log.high, Number.MAX_SAFE_INTEGER)]) ?? [];
  return { shop, records };
}

/** The spans of a name. */
export const named = (tracer: MemoryTracer, name: string): readonly SeenSpan[] =>
  tracer.spans.filter((span) => span.name === name);
/** The spans of a flow: gold reads the topics of tables too, those of bronze included. */
export const hopsOf = (tracer: MemoryTracer, flow: string, from: string): readonly SeenSpan[] =>
  named(tracer, `process ${from}`).filter(({ attributes }) => attributes['medallion.flow'] === flow);
/** What spans say of the fates of their records. */
export const outcomes = (spans: readonly SeenSpan[]) => spans.map(({ attributes }) => attributes['medallion.outcome']);
/** The span that each record says it was made in; null for those that say none. */
export const contexts = (records: readonly LogRecord[]) => records.map((record) => contextOf(record)?.spanId ?? null);
