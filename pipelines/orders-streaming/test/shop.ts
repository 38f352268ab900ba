import { type TestPipeline, type TestPipelineOptions, testPipeline } from '@medallion/testkit';
import plan from '../pipeline.ts';

export const TOPIC = 'source.orders';
/** An instant of 24 December 2025, before the clock of `testPipeline`. */
export const at = (time: string): number => Date.parse(`2025-12-24T${time}Z`);

type Fields = Readonly<Record<string, unknown>>;

/** An order as the source would tell of it. */
export const order = (order_id: string, changes: Fields = {}): Fields => ({
  ...{ order_id, customer_id: 1, product_id: 'p1', order_timestamp: '2025-12-24T10:00:00Z' },
  ...{ order_status: 'pending', quantity: 1, amount: 10 },
  ...changes,
});

/** A customer as a line of CSV gives one: texts. */
export const customer = (customer_id: number, changes: Fields = {}): Fields => ({
  ...{ customer_id: String(customer_id), customer_name: `Name ${customer_id}`, city: 'Oslo', segment: 'retail' },
  ...changes,
});

let snapshots = 0;
/** The pipeline with orders and snapshots of customers to be given. */
export class Shop {
  readonly world: TestPipeline;

  constructor(options: TestPipelineOptions = {}) {
    this.world = testPipeline(plan, options);
  }

  orders = (...orders: readonly (Fields | string)[]): Promise<TestPipeline> => this.world.given(TOPIC, orders);
  /** A newer snapshot of all customers. */
  customers = (...customers: readonly Fields[]): Promise<TestPipeline> =>
    this.world.givenFile(`orders-streaming/customers/${String(snapshots++).padStart(5, '0')}.csv`, customers);
}
