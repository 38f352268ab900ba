import type { FlowPlan, KeyedTablePlan, StreamingTablePlan } from '@medallion/pipeline';
import type { Look } from '@medallion/testkit';
import { orderStream } from '../../oracle/orders-stream.ts';
import type { Fields } from '../../oracle/stream.ts';
import { type Placed, placedIn } from '../placed.ts';
import { keyedTable, type Made, type StreamRows, streamingTable, streamRows } from '../streams/stream-rows.ts';
import { CustomerHistory } from './customer-history.ts';
import { writtenRow } from './written-row.ts';

/** What stands in the topics of the pipeline, as their readers take it. */
export type OrdersLog = {
  /** From the orders as they came to one row an order. */
  readonly stream: StreamRows;
  /** The rows of silver_orders, each with the columns of its customer, by their places. */
  readonly joined: ReadonlyMap<string, Fields>;
  readonly customersPlan: KeyedTablePlan;
  readonly customers: CustomerHistory;
  readonly trustedPlan: StreamingTablePlan;
  /** Made of rows of order_stream. */
  readonly trusted: Made;
  readonly filteredPlan: StreamingTablePlan;
  /** Made of rows of silver_orders. */
  readonly filtered: readonly Placed[];
  readonly appendedPlan: StreamingTablePlan;
  /** Made of rows of filtered_orders_append. */
  readonly appended: readonly Placed[];
};

export function readOrdersLog(look: Look): OrdersLog {
  const { cluster } = look;
  const stream = streamRows(look, orderStream);
  const { topic, schema } = stream.cleanPlan;
  const silver = cluster.topic(topic) ?? [];
  const [trustedPlan, filteredPlan, appendedPlan] = [
    streamingTable(look, 'trusted_orders'),
    streamingTable(look, 'filtered_orders_append'),
    streamingTable(look, 'append_orders_stream'),
  ];
  const customersPlan = keyedTable(look, 'customer_mv');
  return {
    stream,
    joined: new Map(
      stream.clean.rows.map(({ partition, offset }) => [
        `${partition}:${offset}`,
        writtenRow(silver[partition]!.archive[offset]!.value, schema),
      ]),
    ),
    customersPlan,
    customers: new CustomerHistory(look, customersPlan),
    trustedPlan,
    trusted: { rows: placedIn(cluster, trustedPlan.topic), traces: placedIn(cluster, trustedPlan.quarantineTopic) },
    filteredPlan,
    filtered: placedIn(cluster, filteredPlan.topic),
    appendedPlan,
    appended: placedIn(cluster, appendedPlan.topic),
  };
}

/** The status of the orders that an append flow lets pass. */
export const statusOf = ({ name }: Pick<FlowPlan, 'name'>): string => name.slice(name.lastIndexOf('.') + 1);
