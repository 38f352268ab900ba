import { decimalOfUnits, powerOfTen } from '@medallion/schema';
import avsc, { type Schema, type Type } from 'avsc';

/** Units of a decimal that a double tells apart. */
const MOST = powerOfTen(15);

export type Attributes = { readonly precision?: number; readonly scale?: number };

/** A decimal in bytes as the double that is nearest to it. Reads what was written with the same scale only. */
class DecimalType extends avsc.types.LogicalType {
  readonly scale: number;
  readonly precision: number;

  constructor(schema: Schema, options?: object) {
    super(schema, options as never);
    const { precision = 0, scale = 0 } = schema as unknown as Attributes;
    // As Avro says: a logical type that is none is the type below it.
    if (!(Number.isInteger(precision) && Number.isInteger(scale) && precision >= 1 && scale >= 0 && scale <= precision))
      throw new Error('not a decimal');
    this.precision = precision;
    this.scale = scale;
  }

  override _fromValue(bytes: Buffer): number {
    if (bytes.length === 0) throw new Error('a decimal has no bytes');
    let units = BigInt(bytes.readInt8(0));
    for (let i = 1; i < bytes.length; i++) units = units * 256n + BigInt(bytes[i]!);
    if (units >= BigInt(MOST) || units <= -BigInt(MOST)) throw new Error('a decimal has more than 15 digits');
    return decimalOfUnits(Number(units), this);
  }

  override _toValue(): never {
    throw new Error('decimals are only read');
  }

  override _resolve(type: Type): ((value: unknown) => unknown) | undefined {
    return type instanceof DecimalType && type.scale === this.scale ? (value) => value : undefined;
  }

  override _export(schema: Schema): void {
    Object.assign(schema as object, { precision: this.precision, scale: this.scale });
  }
}

/** A logical type whose value is that of the type below it; also reads what was written as that plain type. */
const same = (name: string): typeof avsc.types.LogicalType =>
  class extends avsc.types.LogicalType {
    override _fromValue(value: unknown): unknown {
      return value;
    }
    override _toValue(value: unknown): unknown {
      return value;
    }
    override _resolve(type: Type): ((value: unknown) => unknown) | undefined {
      return type.typeName === `logical:${name}` || !type.typeName.startsWith('logical:')
        ? (value) => value
        : undefined;
    }
  } as unknown as typeof avsc.types.LogicalType;

const NAMES = ['date', 'timestamp-millis', 'timestamp-micros', 'local-timestamp-millis', 'local-timestamp-micros'];

/** The logical types that columns are read from: one is not taken for another that has the same bytes. */
export const logicalTypes: Record<string, new (schema: Schema, options?: never) => avsc.types.LogicalType> = {
  decimal: DecimalType,
  ...Object.fromEntries(NAMES.map((name) => [name, same(name)])),
};
