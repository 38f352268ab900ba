import { type TestPipeline, testPipeline } from '@medallion/testkit';
import plan from '../pipeline.ts';

/** An instant of 24 December 2025, before the clock of `testPipeline`. */
export const at = (time: string): number => Date.parse(`2025-12-24T${time}Z`);

type Fields = Readonly<Record<string, unknown>>;

/** An order as a line of a file tells of it. */
export const order = (order_id: string | null, changes: Fields = {}): Fields => ({
  ...{ order_id, customer_id: 1, amount: 10, status: 'completed' },
  ...{ order_date: '2025-12-24T10:00:00Z', updated_at: '2025-12-24T10:00:00Z' },
  ...changes,
});

/** A customer as Parquet gives one. */
export const customer = (customer_id: number, changes: Fields = {}): Fields => ({
  ...{ customer_id: BigInt(customer_id), customer_name: `Name ${customer_id}`, email: `${customer_id}@example.org` },
  ...{ customer_segment: 'retail', region: 'north' },
  ...changes,
});

/** The pipeline with files to be landed: each new file comes after those before it. */
export class Sales {
  readonly world: TestPipeline = testPipeline(plan);
  #files = 0;

  orders = (...rows: readonly (Fields | string)[]): Promise<TestPipeline> => this.#land('orders', 'json', rows);
  customers = (...rows: readonly Fields[]): Promise<TestPipeline> => this.#land('customers', 'parquet', rows);

  #land(folder: string, ending: string, rows: readonly (Fields | string)[]): Promise<TestPipeline> {
    const name = String(this.#files++).padStart(5, '0');
    return this.world.givenFile(`medallion-sales/${folder}/${name}.${ending}`, rows);
  }
}
