import { type FieldType, powerOfTen } from '@medallion/schema';

/** How two sums of a type are added: decimals by units of their last digit, which is exact. */
export function adderOf(type: FieldType | null): (a: number, b: number) => number {
  if (type?.kind !== 'decimal') return (a, b) => a + b;
  const unit = powerOfTen(type.scale);
  return (a, b) => (Math.round(a * unit) + Math.round(b * unit)) / unit;
}
