import { type TestPipeline, testPipeline } from '@medallion/testkit';
import plan from '../pipeline.ts';

type Fields = Readonly<Record<string, unknown>>;

/** So many minutes after ten o'clock of 24 December 2025, before the clock of `testPipeline`. */
export const at = (minute: number): number => Date.parse('2025-12-24T10:00:00Z') + minute * 60_000;
/** The same as text. */
export const isoAt = (minute: number): string => new Date(at(minute)).toISOString();

/** A change of a customer, as a line of JSON. */
export const customer = (customer_id: number | null, minute: number, changes: Fields = {}): Fields => ({
  ...{ customer_id, customer_name: `Name ${customer_id}`, email: `${customer_id}@example.org`, segment: 'retail' },
  ...{ operation: 'UPSERT', changed_at: isoAt(minute) },
  ...changes,
});

/** A change of an address, as a line of CSV: texts. */
export const address = (customer_id: number | string, minute: number, changes: Fields = {}): Fields => ({
  ...{ customer_id: String(customer_id), address_line: '1 Main St', city: 'Oslo', state: 'OS', zip_code: '01234' },
  ...{ operation: 'UPSERT', changed_at: isoAt(minute) },
  ...changes,
});

/** A change of an order, as a record of the topic. */
export const order = (order_id: string | null, minute: number, changes: Fields = {}): Fields => ({
  ...{ order_id, customer_id: 1, item_count: 2, order_amount: 10, order_status: 'open' },
  ...{ operation: 'UPSERT', changed_at: isoAt(minute) },
  ...changes,
});

/** The pipeline with changes to be told. */
export class Care {
  readonly world: TestPipeline = testPipeline(plan);
  #files = 0;

  customers = (...rows: readonly (Fields | string)[]): Promise<TestPipeline> => this.#land('customers', 'json', rows);
  addresses = (...rows: readonly (Fields | string)[]): Promise<TestPipeline> => this.#land('addresses', 'csv', rows);
  orders = (...rows: readonly (Fields | string)[]): Promise<TestPipeline> => this.world.given('lakeflow.orders', rows);

  #land(folder: string, ending: string, rows: readonly (Fields | string)[]): Promise<TestPipeline> {
    const name = String(this.#files++).padStart(5, '0');
    return this.world.givenFile(`lakeflow-customers/${folder}/${name}.${ending}`, rows);
  }
}
