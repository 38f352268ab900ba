import { assertNever, MedallionError } from '@medallion/core';
import type { Decoded, RowCodecs, RowDecoder, RowEncoder } from '@medallion/runtime';
import { type AnyRow, decimalUnits, type Field, type RowSchema, type Value } from '@medallion/schema';

const HEAD_BYTES = 5;

/** The schemas that all codecs on it share, as a registry's clients do. */
export class MemoryRegistry {
  readonly #schemas: RowSchema[] = [];
  readonly #subjects = new Map<string, number>();
  /** Set to have every call fail as if the registry were down. */
  down = false;

  /** @throws MED_REGISTRY_UNAVAILABLE */
  schema(id: number): RowSchema | undefined {
    this.#check();
    return this.#schemas[id - 1];
  }

  /** @throws MED_SCHEMA_INCOMPATIBLE when rows written with the last schema could not be read with this one. */
  register(subject: string, schema: RowSchema): number {
    this.#check();
    const lastId = this.#subjects.get(subject);
    const last = lastId === undefined ? undefined : this.#schemas[lastId - 1]!;
    if (lastId !== undefined && JSON.stringify(last) === JSON.stringify(schema)) return lastId;
    for (const field of last ? schema.fields : []) {
      const reason = mismatch(field, last!);
      if (reason !== null) throw new MedallionError('MED_SCHEMA_INCOMPATIBLE', { subject, reason });
    }
    const id = this.#schemas.push(schema);
    this.#subjects.set(subject, id);
    return id;
  }

  #check(): void {
    if (this.down) throw new MedallionError('MED_REGISTRY_UNAVAILABLE', { reason: 'it is down' });
  }
}

/** Why a column cannot be read from rows of `writer`; null when it can. */
function mismatch(field: Field, writer: RowSchema): string | null {
  const written = writer.fields.find(({ name }) => name === field.name);
  if (!written) return field.nullable ? null : `column ${field.name} has no default`;
  if (written.nullable && !field.nullable) return `column ${field.name} may be null`;
  if (written.type.kind !== field.type.kind) return `column ${field.name} is ${written.type.kind}`;
  if (field.type.kind === 'decimal' && written.type.kind === 'decimal' && field.type.scale !== written.type.scale)
    return `column ${field.name} has ${written.type.scale} digits behind the point`;
  return null;
}

function fits({ type, nullable }: Field, value: Value | undefined): boolean {
  if (value === null) return nullable;
  switch (type.kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
    case 'enum':
      return typeof value === 'string';
    case 'double':
      return Number.isFinite(value);
    case 'int':
    case 'date':
      return Number.isInteger(value) && Math.abs(value as number) <= 0x7fff_ffff;
    case 'long':
    case 'timestamp':
      return Number.isSafeInteger(value);
    case 'decimal':
      return decimalUnits(value, type) !== null;
    case 'list':
      return Array.isArray(value) && value.every((row) => type.of.fields.every((f) => fits(f, row?.[f.name] ?? null)));
    default:
      return assertNever(type, 'field type');
  }
}

/** A row as a reader sees it: its columns, those of the elements of lists too. */
function resolved({ fields }: RowSchema, written: AnyRow): AnyRow {
  return Object.fromEntries(
    fields.map(({ name, type }) => {
      const value = written[name] ?? null;
      return [name, type.kind === 'list' && Array.isArray(value) ? value.map((r) => resolved(type.of, r)) : value];
    }),
  );
}

/**
 * Rows as JSON behind the same five bytes that Avro rows have. For tests without a registry.
 *
 * @example const codecs = createMemoryCodecs()
 */
export function createMemoryCodecs(registry: MemoryRegistry = new MemoryRegistry()): RowCodecs {
  return {
    async encoder(topic, schema): Promise<RowEncoder> {
      const id = registry.register(`${topic}-value`, schema);
      return {
        encode(row) {
          for (const field of schema.fields)
            if (!fits(field, row[field.name]))
              throw new TypeError(`column ${field.name}: ${row[field.name]} does not fit`);
          const body = JSON.stringify(schema.fields.map(({ name }) => row[name]));
          const value = Buffer.alloc(HEAD_BYTES + Buffer.byteLength(body));
          value.writeInt32BE(id, 1);
          value.write(body, HEAD_BYTES);
          return value;
        },
      };
    },

    async decoder(_topic, schema): Promise<RowDecoder> {
      const writers = new Map<number, RowSchema>();
      const decode = (value: Buffer, id: number, writer: RowSchema): Decoded => {
        const unreadable = (reason: string) => ({ undecodable: `not readable with schema id ${id}: ${reason}` });
        for (const field of schema.fields) {
          const reason = mismatch(field, writer);
          if (reason !== null) return unreadable(reason);
        }
        try {
          const body = JSON.parse(value.toString('utf8', HEAD_BYTES)) as Value[];
          const written: AnyRow = Object.fromEntries(writer.fields.map(({ name }, i) => [name, body[i] ?? null]));
          const row = resolved(schema, written);
          const wrong = schema.fields.find((field) => !fits(field, row[field.name]));
          return wrong ? unreadable(`column ${wrong.name} does not fit`) : { row };
        } catch {
          return unreadable('it is cut off or too long');
        }
      };
      return {
        async prepare(values) {
          for (const value of values) {
            if (value === null || value.length < HEAD_BYTES || value[0] !== 0) continue;
            const id = value.readInt32BE(1);
            if (writers.has(id)) continue;
            const writer = registry.schema(id);
            if (writer) writers.set(id, writer);
          }
        },
        decode(value) {
          if (value === null) return { undecodable: 'no value' };
          if (value.length < HEAD_BYTES || value[0] !== 0) return { undecodable: 'no schema id' };
          const id = value.readInt32BE(1);
          const writer = writers.get(id);
          return writer ? decode(value, id, writer) : { undecodable: `unknown schema id ${id}` };
        },
      };
    },
  };
}
