export { type AvroRecord, type AvroType, toAvro } from './avro.ts';
export { decimalNear, decimalOfUnits, decimalUnits, parseDecimal, powerOfTen, unitsText } from './decimal.ts';
export {
  type AnyRow,
  boolean,
  date,
  decimal,
  double,
  type Field,
  type FieldSpec,
  type FieldType,
  fieldsOf,
  int,
  list,
  long,
  MAX_PRECISION,
  nullable,
  oneOfStrings,
  type RowOf,
  type RowSchema,
  type RowSpec,
  row,
  type Scalar,
  string,
  timestamp,
  type Value,
} from './field.ts';
export { parseInstant } from './instant-text.ts';
export { jsonCast } from './json-cast.ts';
export { jsonText, rowText } from './json-text.ts';
export { postgresType } from './postgres.ts';
export { rowBuilder, rowVisitor } from './row-access.ts';
export { type CastResult, unlessTooDeep } from './row-cast.ts';
export { textCast } from './text-cast.ts';
export { plainJson, valueCast } from './value-cast.ts';
