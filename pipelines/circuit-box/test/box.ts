import { type TestPipeline, testPipeline } from '@medallion/testkit';
import plan from '../pipeline.ts';

type Fields = Readonly<Record<string, unknown>>;

/** So many minutes after ten o'clock of 24 December 2025, before the clock of `testPipeline`. */
export const at = (minute: number): number => Date.parse('2025-12-24T10:00:00Z') + minute * 60_000;
const isoAt = (minute: number): string => new Date(at(minute)).toISOString();

/** A customer, as a line of JSON. */
export const customer = (customer_id: number, changes: Fields = {}): Fields => ({
  ...{ customer_id, customer_name: `Name ${customer_id}`, email: `${customer_id}@example.org`, updated_at: isoAt(0) },
  ...changes,
});

/** An address, as a line of CSV: texts. */
export const address = (customer_id: number, changes: Fields = {}): Fields => ({
  ...{ customer_id: String(customer_id), street: '1 Main St', city: 'Reno', state: 'NV', zip_code: '89501' },
  updated_at: isoAt(0),
  ...changes,
});

/** An item of an order. */
export const item = (product_id: string | null, quantity: unknown, unit_price: unknown): Fields => ({
  ...{ product_id, product_name: `The ${product_id}`, quantity, unit_price },
});

/** An order with its items, as a line of JSON. */
export const order = (order_id: string | null, items: unknown, changes: Fields = {}): Fields => ({
  ...{ order_id, customer_id: 1, order_timestamp: isoAt(0), status: 'paid', items },
  ...changes,
});

/** The shop with files to be landed. */
export class Box {
  readonly world: TestPipeline = testPipeline(plan);
  #files = 0;

  customers = (...rows: readonly (Fields | string)[]): Promise<TestPipeline> => this.#land('customers', 'json', rows);
  addresses = (...rows: readonly (Fields | string)[]): Promise<TestPipeline> => this.#land('addresses', 'csv', rows);
  orders = (...rows: readonly (Fields | string)[]): Promise<TestPipeline> => this.#land('orders', 'json', rows);

  #land(folder: string, ending: string, rows: readonly (Fields | string)[]): Promise<TestPipeline> {
    const name = String(this.#files++).padStart(5, '0');
    return this.world.givenFile(`circuit-box/${folder}/${name}.${ending}`, rows);
  }
}
