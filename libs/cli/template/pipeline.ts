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
import { double, row, string } from '@medallion/schema';

/** The columns of an event as it arrives. What does not fit becomes null and is kept in `_rescued_data`. */
const RawSale = row('RawSale', {
  sale_id: string('what makes a sale one sale'),
  sold_at: string('ISO-8601, in UTC'),
  shop: string(),
  amount: double('in euros'),
});

/** Every event, as it arrived. */
export const bronzeSales = streamingTable('bronze_sales').from(
  topic('my-pipeline.raw', { format: json(RawSale), key: 'sale_id' }),
);

/** The events that can be trusted, each once; the others are in quarantine with every rule that they broke. */
export const silverSales = streamingTable('silver_sales')
  .from(bronzeSales)
  .expectOrQuarantine('has_sale_id', 'sale_id', nonEmpty)
  .expectOrQuarantine('valid_sold_at', 'sold_at', isoInstant)
  .expectOrQuarantine('has_shop', 'shop', nonEmpty)
  .expectOrDrop('positive_amount', 'amount', positive)
  .eventTime('sold_at', { watermarkDelay: minutes(1) })
  .dedupe({ by: 'sale_id', within: minutes(10) });

/** Sales of each shop in each five minutes: provisional at first, final once the watermark has passed. */
export const salesPerShop = materializedView('gold_sales_per_shop')
  .from(silverSales)
  .windowedBy(tumbling(minutes(5)))
  .groupBy('shop')
  .aggregate((a) => ({ sales: a.count(), revenue: a.sum('amount'), average: a.avg('amount') }));

export default pipeline('my-pipeline', { tables: [bronzeSales, silverSales, salesPerShop] });
