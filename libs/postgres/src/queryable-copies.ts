import { type Instant, invariant, type Log } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type { CopiedRows } from '@medallion/runtime';
import type { AnyRow } from '@medallion/schema';
import type pg from 'pg';
import { binaryRows } from './copy-binary.ts';
import { CopyIn } from './copy-in.ts';
import { DayPartitions } from './day-partitions.ts';
import { ident, qualified } from './sql-text.ts';

type Copy = {
  readonly partitions: DayPartitions;
  readonly encode: (rows: readonly AnyRow[]) => Buffer;
  readonly command: string;
};

/** The queryable copies of a pipeline's tables. */
export class QueryableCopies {
  readonly #copies: ReadonlyMap<string, Copy>;

  constructor(pool: pg.Pool, log: Log, plan: PipelinePlan) {
    const copies = new Map<string, Copy>();
    for (const table of plan.tables) {
      if (table.kind !== 'streaming_table' || table.queryable === null) continue;
      const columns = table.schema.fields.map((field) => ident(field.name)).join(', ');
      copies.set(table.name, {
        partitions: new DayPartitions(pool, log, plan.schemaName, table),
        encode: binaryRows(table.schema.fields),
        command: `COPY ${qualified(plan.schemaName, table.name)} (${columns}) FROM STDIN (FORMAT binary)`,
      });
    }
    this.#copies = copies;
  }

  /** Makes the partitions that the rows need; to be called outside of the transaction that stores them. */
  async prepare(copied: readonly CopiedRows[], now: Instant): Promise<void> {
    for (const { table, rows } of copied) await this.#copy(table).partitions.prepare(rows, now);
  }

  /** The statements that store the rows. Throws RowRefusedError for a value that its column cannot hold. */
  statements(copied: readonly CopiedRows[]): readonly CopyIn[] {
    return copied
      .filter(({ rows }) => rows.length > 0)
      .map(({ table, rows }) => {
        const { command, encode } = this.#copy(table);
        return new CopyIn(command, encode(rows));
      });
  }

  async maintain(now: Instant): Promise<void> {
    for (const { partitions } of this.#copies.values()) await partitions.maintain(now);
  }

  #copy(table: string): Copy {
    const copy = this.#copies.get(table);
    invariant(copy !== undefined, `table ${table} has no queryable copy`);
    return copy;
  }
}
