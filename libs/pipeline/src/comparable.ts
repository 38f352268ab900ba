import { categoryOf } from '@medallion/expressions';
import type { FieldType } from '@medallion/schema';

/** Whether values of the two types can equal each other. */
export const comparable = (a: FieldType, b: FieldType): boolean => a.kind !== 'list' && categoryOf(a) === categoryOf(b);

/** Whether a column of type `to` holds every value of type `from`. */
export function fits(from: FieldType, to: FieldType): boolean {
  switch (to.kind) {
    case 'string':
      return from.kind === 'string' || from.kind === 'enum';
    case 'enum':
      return from.kind === 'enum' && from.symbols.every((symbol) => to.symbols.includes(symbol));
    case 'long':
      return from.kind === 'int' || from.kind === 'long';
    case 'double':
      return from.kind === 'int' || from.kind === 'long' || from.kind === 'double' || from.kind === 'decimal';
    case 'decimal':
      return (
        from.kind === 'decimal' && from.scale <= to.scale && from.precision - from.scale <= to.precision - to.scale
      );
    case 'list':
      return (
        from.kind === 'list' &&
        to.of.fields.every((field) =>
          from.of.fields.some((other) => other.name === field.name && fits(other.type, field.type)),
        )
      );
    default:
      return from.kind === to.kind;
  }
}
