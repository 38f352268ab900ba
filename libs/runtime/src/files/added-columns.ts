import type { Log } from '@medallion/core';
import type { FilesPlan, StreamingTablePlan } from '@medallion/pipeline';
import type { Field, FieldType, RowSchema } from '@medallion/schema';
import type { Appender, FileRow, LogRecord, Offset, RecordLog, RowCodecs, RowEncoder } from '../ports/index.ts';
import { inferredType } from './infer-type.ts';

/**
 * The columns that a table has gained from its files (`add_new_columns`). They are remembered in partition 0 of the file
 * log, as records without a key:
 *
 *     { "v": 1, "column": "discount", "type": "double" }
 *
 * The first record of a name counts, so instances that find a column at the same time agree on its type. The declared
 * columns are the hints: what is declared is never inferred. A value that does not fit its column is rescued, as ever.
 */

/** Types that are inferred. */
const TYPES = ['boolean', 'long', 'double', 'string', 'timestamp'] as const;
export type InferredType = (typeof TYPES)[number];

/** A table does not grow past this; what comes later is rescued. */
const MAX_ADDED = 200;
/** What Avro and Postgres take as it is. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** What added columns are kept and written with. */
export type AddedColumnsParts = {
  readonly source: FilesPlan;
  readonly table: StreamingTablePlan;
  readonly log: RecordLog;
  readonly codecs: RowCodecs;
  /** Of its own: a column is added within a round. */
  readonly appender: Appender;
  readonly logger: Log;
};

/** The columns of a table with those that were added, for one running flow. */
export class AddedColumns {
  readonly #parts: AddedColumnsParts;
  readonly #own: ReadonlySet<string>;
  readonly #added = new Map<string, Field>();
  #next: Offset = 0;
  #encoder: RowEncoder;

  private constructor(parts: AddedColumnsParts, encoder: RowEncoder) {
    this.#parts = parts;
    this.#encoder = encoder;
    this.#own = new Set([...parts.table.schema.fields, ...parts.source.declared.fields].map(({ name }) => name));
  }

  /** With all columns that were added before. */
  static async open(parts: AddedColumnsParts): Promise<AddedColumns> {
    const columns = new AddedColumns(parts, await parts.codecs.encoder(parts.table.topic, parts.table.schema));
    await columns.#load();
    return columns;
  }

  /** The columns that rows are cast to. */
  get declared(): RowSchema {
    const { name, fields } = this.#parts.source.declared;
    return { name, fields: [...fields, ...this.#added.values()] };
  }

  /** Writes rows with the columns as they are now. */
  readonly encoder: RowEncoder = { encode: (row) => this.#encoder.encode(row) };

  /** Adds the columns of rows that nobody declared and whose type can be told; whether there are any. */
  async learn(rows: readonly FileRow[]): Promise<boolean> {
    const found = new Map<string, unknown[]>();
    for (const row of rows)
      if (!('broken' in row))
        for (const name in row.value) {
          if (this.#own.has(name) || this.#added.has(name) || !NAME.test(name)) continue;
          const values = found.get(name);
          if (values === undefined) found.set(name, [row.value[name]]);
          else values.push(row.value[name]);
        }
    const wanted = [...found].flatMap(([column, values]) => {
      const type = inferredType(values, this.#parts.source.format.kind === 'csv');
      return type === null ? [] : [{ v: 1, column, type }];
    });
    const room = wanted.slice(0, Math.max(0, MAX_ADDED - this.#added.size));
    if (room.length === 0) return false;
    const records = room.map((each) => ({ key: null, value: Buffer.from(JSON.stringify(each)), headers: {} }));
    await this.#parts.appender.append([{ topic: this.#parts.source.filesTopic, partition: 0, records }]);
    await this.#load();
    return true;
  }

  /** Takes in what was added, by anybody, since the last call. */
  async #load(): Promise<void> {
    const { log, source, table, codecs, logger } = this.#parts;
    const gained: Field[] = [];
    for await (const records of log.read({ topic: source.filesTopic, partition: 0 }, this.#next))
      for (const record of records) {
        this.#next = record.offset + 1;
        const field = fieldOf(record);
        if (field === null || this.#own.has(field.name) || this.#added.has(field.name)) continue;
        this.#added.set(field.name, field);
        gained.push(field);
      }
    if (gained.length === 0) return;
    const schema = { name: table.schema.name, fields: [...table.schema.fields, ...this.#added.values()] };
    this.#encoder = await codecs.encoder(table.topic, schema);
    const columns = gained.map(({ name, type }) => `${name} ${type.kind}`);
    logger.info({ table: table.name, columns, event: 'columns_added' }, `columns added: ${columns.join(', ')}`);
  }
}

function fieldOf({ key, value }: LogRecord): Field | null {
  if (key !== null || value === null) return null;
  try {
    const { v, column, type } = JSON.parse(value.toString()) as Record<string, unknown>;
    const known = TYPES.find((each) => each === type);
    return v === 1 && typeof column === 'string' && known !== undefined
      ? { name: column, type: { kind: known } as FieldType, nullable: true, doc: 'found in the files' }
      : null;
  } catch {
    return null;
  }
}
