import { messageOf } from '@medallion/core';
import type { Decoded, RowDecoder } from '@medallion/runtime';
import { type AnyRow, decimalUnits, type RowSchema } from '@medallion/schema';
import type { Resolver, Type } from 'avsc';
import { isSameAs, writerType } from './avro-type.ts';
import { flatReader } from './flat-reader.ts';
import type { Registry } from './registry.ts';

const HEAD_BYTES = 5;
/** A registry that lags behind may know the id soon. */
const UNKNOWN_FOR_MS = 60_000;
/** Garbage that looks like an id must not fill the memory. */
const MAX_UNKNOWN = 1_000;

/** What is known of a writer's schema: how to read it, or why it cannot be read. */
type Writer = { readonly same: true } | { readonly resolver: Resolver } | { readonly unreadable: string };

const NO_ID = -1;

/** The id that a value names, or NO_ID. */
const idOf = (value: Buffer): number => (value.length >= HEAD_BYTES && value[0] === 0 ? value.readInt32BE(1) : NO_ID);

/** Reads rows with one resolver per writer's schema, built once. `now` is in milliseconds. */
export function createDecoder(
  schema: RowSchema,
  type: Type,
  registry: Registry,
  room: readonly string[] = [],
  now: () => number = Date.now,
): RowDecoder {
  const flat = flatReader(schema, room);
  const wrong = misfitOf(schema);
  const writers = new Map<number, Writer>();
  const unknown = new Map<number, number>();
  // Nearly always the same as before: spares a lookup per record.
  let lastId = NO_ID;
  let last: Writer | undefined;

  const writerOf = (id: number): Writer | undefined => {
    if (id !== lastId) {
      last = writers.get(id);
      lastId = last ? id : NO_ID;
    }
    return last;
  };

  /** A row that another schema has written, by Avro's rules; or why it is none. */
  function resolved(value: Buffer, resolver: Resolver): AnyRow | string {
    try {
      const { value: row, offset } = type.decode(value, HEAD_BYTES, resolver) as { value: AnyRow; offset: number };
      if (offset < 0) return 'it ends too early';
      if (offset !== value.length) return `${value.length - offset} bytes are left over`;
      return wrong(row) ?? row;
    } catch (error) {
      return messageOf(error);
    }
  }

  async function learn(id: number): Promise<void> {
    const writer = await registry.schema(id);
    if (writer === null) {
      unknown.delete(id);
      if (unknown.size >= MAX_UNKNOWN) unknown.delete(unknown.keys().next().value!);
      unknown.set(id, now() + UNKNOWN_FOR_MS);
      return;
    }
    unknown.delete(id);
    try {
      const written = writerType(writer);
      const same = isSameAs(written, type);
      writers.set(id, same ? { same } : { resolver: type.createResolver(written, { ignoreNamespaces: true }) });
    } catch (error) {
      writers.set(id, { unreadable: `not readable with schema id ${id}: ${messageOf(error)}` });
    }
  }

  return {
    async prepare(values) {
      let wanted: Set<number> | undefined;
      for (const value of values) {
        if (value === null) continue;
        const id = idOf(value);
        if (id < 0 || id === lastId || writers.has(id)) continue;
        if ((unknown.get(id) ?? 0) > now()) continue;
        wanted ??= new Set();
        wanted.add(id);
      }
      if (wanted) for (const id of wanted) await learn(id);
    },

    decode(value): Decoded {
      if (value === null) return { undecodable: 'no value' };
      if (value.length < HEAD_BYTES || value[0] !== 0) return { undecodable: 'no schema id' };
      const id = value.readInt32BE(1);
      const writer = writerOf(id);
      if (!writer) return { undecodable: `unknown schema id ${id}` };
      if ('unreadable' in writer) return { undecodable: writer.unreadable };
      const read = 'same' in writer ? flat.read(value, HEAD_BYTES) : resolved(value, writer.resolver);
      return typeof read === 'string' ? { undecodable: `not readable with schema id ${id}: ${read}` } : { row: read };
    },
  };
}

/** Makes the judge of rows that were resolved: says what Avro's types allow and the columns' types do not. */
function misfitOf(schema: RowSchema): (row: AnyRow) => string | null {
  const columns = schema.fields.flatMap(({ name, type }) => {
    switch (type.kind) {
      case 'double':
        return [{ name, wrong: (v: unknown) => (Number.isFinite(v) ? null : `column ${name} is not a finite number`) }];
      case 'decimal': {
        const reason = `column ${name} has more than ${type.precision} digits`;
        return [{ name, wrong: (v: unknown) => (decimalUnits(v, type) === null ? reason : null) }];
      }
      case 'list': {
        const wrong = misfitOf(type.of);
        const first = (rows: readonly AnyRow[]): string | null => {
          for (const row of rows) {
            const reason = wrong(row);
            if (reason !== null) return reason;
          }
          return null;
        };
        return [{ name, wrong: (v: unknown) => first(v as readonly AnyRow[]) }];
      }
      default:
        return [];
    }
  });
  return (row) => {
    for (const { name, wrong } of columns) {
      const value = row[name] ?? null;
      const reason = value === null ? null : wrong(value);
      if (reason !== null) return reason;
    }
    return null;
  };
}
