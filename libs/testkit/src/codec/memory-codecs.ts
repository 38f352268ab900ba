import { assertNever, MedallionError } from '@medallion/core';
import type { Decoded, RecordDecoder, RowCodecs, RowEncoder, TopicDecoder } from '@medallion/runtime';
import { type AnyRow, decimalUnits, type Field, type FieldType, type RowSchema, type Value } from '@medallion/schema';

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

const CUT_OFF = 'it is cut off or too long';
const notReadable = (id: number, reason: string): string => `not readable with schema id ${id}: ${reason}`;

/** Types that a column may be added with. */
const ADDABLE: ReadonlySet<string> = new Set(['boolean', 'int', 'long', 'double', 'string', 'timestamp', 'date']);

/** The writers' schemas that a decoder has learnt. */
class MemoryWriters {
  readonly #registry: MemoryRegistry;
  readonly #known = new Map<number, RowSchema>();

  constructor(registry: MemoryRegistry) {
    this.#registry = registry;
  }

  async prepare(values: Iterable<Buffer | null>): Promise<void> {
    for (const value of values) {
      if (value === null || value.length < HEAD_BYTES || value[0] !== 0) continue;
      const id = value.readInt32BE(1);
      if (this.#known.has(id)) continue;
      const writer = this.#registry.schema(id);
      if (writer) this.#known.set(id, writer);
    }
  }

  /** The columns of the writers that a schema lacks. */
  beyond(schema: RowSchema): readonly Field[] {
    const found = new Map<string, Field>();
    for (const { fields } of this.#known.values())
      for (const field of fields)
        if (field.nullable && ADDABLE.has(field.type.kind) && !schema.fields.some(({ name }) => name === field.name))
          found.set(field.name, found.get(field.name) ?? field);
    return [...found.values()];
  }

  /** The writer of a value, or why it has none. */
  of(value: Buffer | null): { readonly writer: RowSchema | null; readonly id: number; readonly undecodable: string } {
    if (value === null) return { writer: null, id: 0, undecodable: 'no value' };
    if (value.length < HEAD_BYTES || value[0] !== 0) return { writer: null, id: 0, undecodable: 'no schema id' };
    const id = value.readInt32BE(1);
    return { writer: this.#known.get(id) ?? null, id, undecodable: `unknown schema id ${id}` };
  }
}

/** The row as its writer wrote it; null when the bytes are none. */
function writtenRow(value: Buffer, writer: RowSchema): AnyRow | null {
  try {
    const body = JSON.parse(value.toString('utf8', HEAD_BYTES)) as Value[];
    return Object.fromEntries(writer.fields.map(({ name }, i) => [name, body[i] ?? null]));
  } catch {
    return null;
  }
}

/** A row as plain values: instants and days are Dates. */
function plainRecord({ fields }: RowSchema, row: AnyRow): Readonly<Record<string, unknown>> {
  return Object.fromEntries(fields.map(({ name, type }) => [name, plainValue(type, row[name] ?? null)]));
}

function plainValue(type: FieldType, value: Value): unknown {
  if (value === null) return null;
  if (type.kind === 'timestamp') return new Date(value as number);
  if (type.kind === 'date') return new Date((value as number) * 86_400_000);
  return type.kind === 'list' ? (value as readonly AnyRow[]).map((row) => plainRecord(type.of, row)) : value;
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

    async decoder(_topic, schema): Promise<TopicDecoder> {
      const writers = new MemoryWriters(registry);
      /** Why rows of a writer cannot be read, by its id; null when they can: looked at once. */
      const refusals = new Map<number, string | null>();
      const refusal = (id: number, writer: RowSchema): string | null => {
        let reason = refusals.get(id);
        if (reason === undefined) {
          reason = schema.fields.map((field) => mismatch(field, writer)).find((each) => each !== null) ?? null;
          refusals.set(id, reason);
        }
        return reason;
      };
      const decode = (value: Buffer, id: number, writer: RowSchema): Decoded => {
        const reason = refusal(id, writer);
        if (reason !== null) return { undecodable: notReadable(id, reason) };
        const written = writtenRow(value, writer);
        if (written === null) return { undecodable: notReadable(id, CUT_OFF) };
        const row = resolved(schema, written);
        const wrong = schema.fields.find((field) => !fits(field, row[field.name]));
        return wrong ? { undecodable: notReadable(id, `column ${wrong.name} does not fit`) } : { row };
      };
      return {
        prepare: (values) => writers.prepare(values),
        beyond: () => writers.beyond(schema),
        decode(value) {
          const { writer, id, undecodable } = writers.of(value);
          return writer === null ? { undecodable } : decode(value as Buffer, id, writer);
        },
      };
    },

    async recordDecoder(): Promise<RecordDecoder> {
      const writers = new MemoryWriters(registry);
      return {
        prepare: (values) => writers.prepare(values),
        decode(value) {
          const { writer, id, undecodable } = writers.of(value);
          if (writer === null) return { undecodable };
          const written = writtenRow(value as Buffer, writer);
          return written === null
            ? { undecodable: notReadable(id, CUT_OFF) }
            : { record: plainRecord(writer, written) };
        },
      };
    },
  };
}
