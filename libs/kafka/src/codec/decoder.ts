import { messageOf } from '@medallion/core';
import type { Decoded, TopicDecoder } from '@medallion/runtime';
import { type AnyRow, decimalUnits, type Field, type RowSchema } from '@medallion/schema';
import type { Resolver, Type } from 'avsc';
import { isSameAs, writerType } from './avro-type.ts';
import { columnsBeyond } from './columns-beyond.ts';
import { flatReader } from './flat-reader.ts';
import type { Registry } from './registry.ts';
import { HEAD_BYTES, notReadable, Writers } from './writers.ts';

/** How to read what a writer wrote. */
type Writer = { readonly same: true } | { readonly resolver: Resolver };

/** Reads rows with one resolver per writer's schema, built once. `now` is in milliseconds. */
export function createDecoder(
  schema: RowSchema,
  type: Type,
  registry: Registry,
  room: readonly string[] = [],
  now: () => number = Date.now,
): TopicDecoder {
  const flat = flatReader(schema, room);
  const wrong = misfitOf(schema);
  const beyond = new Map<string, Field>();
  const writers = new Writers<Writer>(
    registry,
    (schemas) => {
      const written = writerType(schemas);
      for (const field of columnsBeyond(schemas.at(-1), schema))
        if (!beyond.has(field.name)) beyond.set(field.name, field);
      return isSameAs(written, type)
        ? { same: true }
        : { resolver: type.createResolver(written, { ignoreNamespaces: true }) };
    },
    now,
  );

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

  return {
    prepare: (values) => writers.prepare(values),
    beyond: () => [...beyond.values()],

    decode(value): Decoded {
      const known = writers.of(value);
      if ('unreadable' in known) return { undecodable: known.unreadable };
      // Who has a writer has a value.
      const bytes = value as Buffer;
      const { writer } = known;
      const read = 'same' in writer ? flat.read(bytes, HEAD_BYTES) : resolved(bytes, writer.resolver);
      return typeof read === 'string' ? { undecodable: notReadable(bytes.readInt32BE(1), read) } : { row: read };
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
