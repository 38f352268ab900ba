import { MedallionError } from '@medallion/core';
import type { RowCodecs } from '@medallion/runtime';
import { type AvroRecord, type RowSchema, toAvro } from '@medallion/schema';
import { rowType } from './avro-type.ts';
import { createDecoder } from './decoder.ts';
import { createEncoder } from './encoder.ts';
import { namespaceOf, recordName } from './names.ts';
import { createRecordDecoder } from './record-decoder.ts';
import { createRegistry, type RegistryOptions } from './registry.ts';

/** The Avro schema that a topic's rows are registered with. */
export const topicSchema = (topic: string, schema: RowSchema): AvroRecord =>
  toAvro({ ...schema, name: recordName(schema.name) }, namespaceOf(topic));

/**
 * Rows as Avro, each with the id of its schema in a Confluent-compatible registry: byte 0, id in 4 bytes, row.
 *
 * @param verify the pipeline whose schemas are to be registered already: none is then, and `encoder` throws MED_NOT_MIGRATED
 *   where one is missing
 * @example const codecs = createRegistryCodecs({ url: 'http://127.0.0.1:8081' })
 */
export function createRegistryCodecs(
  options: RegistryOptions,
  { verify }: { readonly verify?: string | undefined } = {},
): RowCodecs {
  const registry = createRegistry(options);
  const idOf = async (subject: string, schema: AvroRecord): Promise<number> => {
    if (verify === undefined) return registry.register(subject, schema);
    const id = await registry.known(subject, schema);
    if (id !== null) return id;
    throw new MedallionError('MED_NOT_MIGRATED', {
      pipeline: verify,
      missing: `the schema of ${subject} is not registered`,
    });
  };
  return {
    async encoder(topic, schema) {
      return createEncoder(schema, await idOf(`${topic}-value`, topicSchema(topic, schema)));
    },
    async decoder(topic, schema, room) {
      return createDecoder(schema, rowType(topicSchema(topic, schema)), registry, room);
    },
    async recordDecoder() {
      return createRecordDecoder(registry);
    },
  };
}
