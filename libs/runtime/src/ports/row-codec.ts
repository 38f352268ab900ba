import type { AnyRow, Field, RowSchema } from '@medallion/schema';

/** A row, or the reason why these bytes are none. */
export type Decoded = { readonly row: AnyRow } | { readonly undecodable: string };

/** Reads the rows of a topic, whoever wrote them: with the schema that each record names. */
export interface RowDecoder {
  /**
   * Learns the writers' schemas that the values name, so that `decode` need not wait. Resolves at once when they are
   * known. An id that the registry does not know is remembered as unknown.
   *
   * @throws MED_REGISTRY_UNAVAILABLE
   */
  prepare(values: Iterable<Buffer | null>): Promise<void>;
  /** Never throws: what cannot be decoded says why. */
  decode(value: Buffer | null): Decoded;
}

/** Reads the rows of a topic as rows of one schema, and knows what else their writers wrote. */
export interface TopicDecoder extends RowDecoder {
  /**
   * Columns that the writers learnt so far wrote and the schema lacks, each once, in the order in which they were found:
   * nullable ones of a type that can be added (booleans, numbers, strings, timestamps, days).
   */
  beyond(): readonly Field[];
}

/** A record that anyone wrote, as plain values, or the reason why these bytes are none. */
export type DecodedRecord = { readonly record: Readonly<Record<string, unknown>> } | { readonly undecodable: string };

/**
 * Reads the records of a topic that others write, by the schemas that they name and with nothing declared: numbers (bigint
 * beyond 2^53, text for decimals of more than 15 digits), strings, booleans, Date for instants and days, bytes, arrays,
 * objects, null.
 */
export interface RecordDecoder {
  /** As RowDecoder's. @throws MED_REGISTRY_UNAVAILABLE */
  prepare(values: Iterable<Buffer | null>): Promise<void>;
  /** Never throws: what cannot be decoded says why. */
  decode(value: Buffer | null): DecodedRecord;
}

/** Writes rows with one registered schema. */
export interface RowEncoder {
  /** Throws TypeError when a value does not fit its column. */
  encode(row: AnyRow): Buffer;
}

/** The port to schemas and their registry. */
export interface RowCodecs {
  /**
   * Registers the schema under `<topic>-value` with compatibility BACKWARD.
   *
   * @throws MED_SCHEMA_INCOMPATIBLE, MED_REGISTRY_UNAVAILABLE
   */
  encoder(topic: string, schema: RowSchema): Promise<RowEncoder>;
  /**
   * A decoder that yields rows of `schema`, resolving what the writer wrote by Avro's rules. A codec may give the rows
   * the columns of `room` too, null at first, so that who adds them later does not change their shape.
   */
  decoder(topic: string, schema: RowSchema, room?: readonly string[]): Promise<TopicDecoder>;
  /** A decoder of what others write. */
  recordDecoder(): Promise<RecordDecoder>;
}
