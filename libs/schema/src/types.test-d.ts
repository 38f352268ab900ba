// Checked by the compiler.
import type { EpochDay, Instant } from '@medallion/core';
import { date, decimal, double, list, nullable, oneOfStrings, type RowOf, row, string, timestamp } from './index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const ok = <T extends true>(..._: T[]) => {};

const everything = row('Everything', {
  ratio: double(),
  at: timestamp(),
  day: date(),
  colour: oneOfStrings(['red', 'green']),
  note: nullable(string()),
  price: decimal(10, 2),
  items: list(row('Item', { sku: string(), price: decimal(10, 2) })),
});
ok<
  Equal<
    RowOf<typeof everything>,
    {
      readonly ratio: number;
      readonly at: Instant;
      readonly day: EpochDay;
      readonly colour: 'red' | 'green';
      readonly note: string | null;
      readonly price: number;
      readonly items: readonly { readonly sku: string | null; readonly price: number | null }[];
    }
  >
>();
// @ts-expect-error a column needs a type, not a value
row('Wrong', { ratio: 1 });
