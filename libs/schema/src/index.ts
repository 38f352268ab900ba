export { type AvroRecord, type AvroType, toAvro } from './avro.ts';
export {
  type AnyRow,
  boolean,
  date,
  double,
  type Field,
  type FieldSpec,
  type FieldType,
  fieldsOf,
  int,
  long,
  nullable,
  oneOfStrings,
  type RowOf,
  type RowSchema,
  type RowSpec,
  row,
  string,
  timestamp,
  type Value,
} from './field.ts';
export { parseInstant } from './instant-text.ts';
export { type CastResult, jsonCast } from './json-cast.ts';
export { postgresType } from './postgres.ts';
export { rowBuilder, rowVisitor } from './row-access.ts';
