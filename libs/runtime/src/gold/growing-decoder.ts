import type { StreamingTablePlan } from '@medallion/pipeline';
import type { RowSchema } from '@medallion/schema';
import type { Decoded, RowCodecs, RowDecoder, TableStore, TopicDecoder } from '../ports/index.ts';

/**
 * Reads a table that gains columns from its files (`add_new_columns`) with all that its writers wrote. A record names the
 * schema that it was written with, so a new column is known before the first row that has it is decoded, and the store is
 * told of it before that row is committed (S16).
 */
export class GrowingDecoder implements RowDecoder {
  readonly #table: StreamingTablePlan;
  readonly #codecs: RowCodecs;
  readonly #store: Pick<TableStore, 'addColumns'>;
  #schema: RowSchema;
  #decoder: TopicDecoder;

  private constructor(
    table: StreamingTablePlan,
    codecs: RowCodecs,
    store: Pick<TableStore, 'addColumns'>,
    decoder: TopicDecoder,
  ) {
    this.#table = table;
    this.#codecs = codecs;
    this.#store = store;
    this.#schema = table.schema;
    this.#decoder = decoder;
  }

  static async of(
    table: StreamingTablePlan,
    codecs: RowCodecs,
    store: Pick<TableStore, 'addColumns'>,
  ): Promise<GrowingDecoder> {
    return new GrowingDecoder(table, codecs, store, await codecs.decoder(table.topic, table.schema));
  }

  /** All values that are decoded until the next call: a decoder that takes this one's place knows the writers of these. */
  async prepare(values: Iterable<Buffer | null>): Promise<void> {
    const all = [...values];
    await this.#decoder.prepare(all);
    const gained = this.#decoder.beyond();
    if (gained.length === 0) return;
    const schema = { ...this.#schema, fields: [...this.#schema.fields, ...gained] };
    const decoder = await this.#codecs.decoder(this.#table.topic, schema);
    await decoder.prepare(all);
    await this.#store.addColumns(this.#table.name, gained);
    this.#schema = schema;
    this.#decoder = decoder;
  }

  decode(value: Buffer | null): Decoded {
    return this.#decoder.decode(value);
  }
}
