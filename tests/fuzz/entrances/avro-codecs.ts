import type { RowCodecs } from '@medallion/runtime';
import { rowType } from '../../../libs/kafka/src/codec/avro-type.ts';
import { createDecoder } from '../../../libs/kafka/src/codec/decoder.ts';
import { createEncoder } from '../../../libs/kafka/src/codec/encoder.ts';
import { createRecordDecoder } from '../../../libs/kafka/src/codec/record-decoder.ts';
import type { Registry, WriterSchema } from '../../../libs/kafka/src/codec/registry.ts';
import { topicSchema } from '../../../libs/kafka/src/codec/registry-codecs.ts';

/** What a registry knows: schemas by number, from 1. */
export class SchemasInMemory implements Registry {
  readonly #schemas: WriterSchema[] = [];
  readonly #ids = new Map<string, number>();

  /** The number of a schema, in its JSON form. */
  add(schema: unknown): number {
    const text = JSON.stringify(schema);
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.#schemas.push([JSON.parse(text)]);
    this.#ids.set(text, id);
    return id;
  }

  register: Registry['register'] = async (_subject, schema) => this.add(schema);
  known: Registry['known'] = async (_subject, schema) => this.#ids.get(JSON.stringify(schema)) ?? null;
  schema: Registry['schema'] = async (id) => this.#schemas[id - 1] ?? null;
}

/** The codecs of the services over such a registry. */
export function avroCodecs(): { readonly codecs: RowCodecs; readonly schemas: SchemasInMemory } {
  const schemas = new SchemasInMemory();
  const codecs: RowCodecs = {
    async encoder(topic, schema) {
      return createEncoder(schema, schemas.add(topicSchema(topic, schema)));
    },
    async decoder(topic, schema, room) {
      return createDecoder(schema, rowType(topicSchema(topic, schema)), schemas, room);
    },
    async recordDecoder() {
      return createRecordDecoder(schemas);
    },
  };
  return { codecs, schemas };
}
