import type { FieldType } from '@medallion/schema';
import { BOOLEAN, DATE, DOUBLE, INT, LONG, STRING, TIMESTAMP } from './types.ts';

/** The types that CAST knows, by their names in lower case; `decimal` takes its digits in parentheses. */
export const CAST_TYPES: Readonly<Record<string, FieldType>> = {
  text: STRING,
  boolean: BOOLEAN,
  integer: INT,
  int: INT,
  bigint: LONG,
  'double precision': DOUBLE,
  double: DOUBLE,
  date: DATE,
  timestamp: TIMESTAMP,
  timestamptz: TIMESTAMP,
};

/** The names that are shown to people. */
export const CAST_TYPE_NAMES = [
  'text',
  'boolean',
  'integer',
  'bigint',
  'double precision',
  'decimal(p, s)',
  'date',
  'timestamp',
];
