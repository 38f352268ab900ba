import { type Instant, invariant, type Log } from '@medallion/core';
import type { PipelinePlan, StreamingTablePlan } from '@medallion/pipeline';
import type { CopiedRows } from '@medallion/runtime';
import type { AnyRow } from '@medallion/schema';
import type pg from 'pg';
import { binaryRows } from './copy-binary.ts';
import { CopyIn } from './copy-in.ts';
import { DayPartitions } from './day-partitions.ts';
import { ident, qualified } from './sql-text.ts';

type Encoding = {
  readonly encode: (rows: readonly AnyRow[]) => Buffer;
  readonly command: string;
};
type Copy = { readonly partitions: DayPartitions | null; encoding: Encoding };

/** The queryable copies of a pipeline's tables. */
export class QueryableCopies {
  readonly #copies: ReadonlyMap<string, Copy>;

  constructor(pool: pg.Pool, log: Log, plan: PipelinePlan) {
    const copies = new Map<string, Copy>();
    for (const table of plan.tables) {
      if (table.kind !== 'streaming_table' || table.queryable === null) continue;
      copies.set(table.name, {
        partitions: DayPartitions.of(pool, log, plan.schemaName, table),
        encoding: encodingOf(plan, table),
      });
    }
    this.#copies = copies;
  }

  /** Copies rows with the columns that the table has now. */
  widen(plan: PipelinePlan, table: StreamingTablePlan): void {
    if (table.queryable !== null) this.#copy(table.name).encoding = encodingOf(plan, table);
  }

  /** Makes the partitions that the rows need; to be called outside of the transaction that stores them. */
  async prepare(copied: readonly CopiedRows[], now: Instant): Promise<void> {
    for (const { table, rows } of copied) await this.#copy(table).partitions?.prepare(rows, now);
  }

  /** The statements that store the rows. Throws RowRefusedError for a value that its column cannot hold. */
  statements(copied: readonly CopiedRows[]): readonly CopyIn[] {
    return copied
      .filter(({ rows }) => rows.length > 0)
      .map(({ table, rows }) => {
        const { command, encode } = this.#copy(table).encoding;
        return new CopyIn(command, encode(rows));
      });
  }

  async maintain(now: Instant): Promise<void> {
    for (const { partitions } of this.#copies.values()) await partitions?.maintain(now);
  }

  #copy(table: string): Copy {
    const copy = this.#copies.get(table);
    invariant(copy !== undefined, `table ${table} has no queryable copy`);
    return copy;
  }
}

function encodingOf(plan: PipelinePlan, { name, schema }: StreamingTablePlan): Encoding {
  const columns = schema.fields.map((field) => ident(field.name)).join(', ');
  return {
    encode: binaryRows(schema.fields),
    command: `COPY ${qualified(plan.schemaName, name)} (${columns}) FROM STDIN (FORMAT binary)`,
  };
}
