import { oneOf, pipeline, streamingTable } from '@medallion/pipeline';
import {
  appendOrders,
  completedOrders,
  currentOrders,
  customers,
  dimCustomer,
  dimDate,
  dimProduct,
  factOrders,
  filteredOrders,
  orderStream,
  pendingOrders,
  silverOrders,
} from '../../../pipelines/orders-streaming/pipeline.ts';

/** A segment of which orders are trusted; those of another are refused, and so a match decides what a row becomes (P9). */
export const TRUSTED = ['retail', 'trade'] as const;

/**
 * What the pipeline has no case of: orders whose verdict depends on the customer that they are joined with. Who is not known is
 * left out without a trace (J2), who is in no trusted segment is in quarantine.
 */
const trustedOrders = streamingTable('trusted_orders')
  .comment('Orders of customers in a trusted segment')
  .from(orderStream)
  .join(customers, { type: 'inner', on: 'customer_id', columns: ['segment'] })
  .expectOrQuarantine('trusted_segment', 'segment', oneOf(...TRUSTED))
  .select('order_id', 'customer_id', 'segment');

/** orders-streaming with a table more. */
export const ordersPlan = pipeline('orders-streaming', {
  tables: [
    ...[orderStream, customers],
    ...[silverOrders, pendingOrders, completedOrders, filteredOrders, currentOrders, trustedOrders],
    ...[appendOrders, dimCustomer, dimProduct, dimDate, factOrders],
  ],
});
