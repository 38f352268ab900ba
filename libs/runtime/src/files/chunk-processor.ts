import type { MedallionError } from '@medallion/core';
import type { FilesPlan, StreamingTablePlan } from '@medallion/pipeline';
import type { AddedColumns } from './added-columns.ts';
import type { OpenFiles } from './file-checkpoint.ts';
import type { InHand } from './file-partition.ts';
import { named, stoppedAt, undeclaredColumns } from './file-round.ts';
import { type FileRecord, FileRows } from './file-rows.ts';
import type { Outcome } from './observe-files.ts';

/** Takes the chunks of files through the steps of their table, with the columns that it has by then (S12, S15). */
export class ChunkProcessor {
  readonly #table: StreamingTablePlan;
  readonly #source: FilesPlan;
  readonly #added: AddedColumns | null;
  #rows: FileRows;

  constructor(table: StreamingTablePlan, source: FilesPlan, added: AddedColumns | null) {
    this.#table = table;
    this.#source = source;
    this.#added = added;
    this.#rows = new FileRows(source, added?.declared);
  }

  /** All that is ready of a partition, up to what stops the flow. */
  async take(open: OpenFiles): Promise<readonly Outcome<OpenFiles>[]> {
    const outcomes: Outcome<OpenFiles>[] = [];
    for (const inHand of open.partition.take()) {
      await this.#learn(inHand);
      const outcome = this.#processed(open, inHand);
      outcomes.push(outcome);
      if (outcome.failure !== null) break;
    }
    return outcomes;
  }

  async #learn({ chunk }: InHand): Promise<void> {
    if (this.#added === null || chunk.kind !== 'rows') return;
    if (await this.#added.learn(chunk.rows)) this.#rows = new FileRows(this.#source, this.#added.declared);
  }

  #processed(open: OpenFiles, { chunk, after }: InHand): Outcome<OpenFiles> {
    const { at } = open.partition;
    const records: FileRecord[] = [];
    let refused: MedallionError | null = null;
    if (chunk.kind === 'unreadable') records.push(this.#rows.unreadable(chunk.entry, chunk.row, chunk.reason));
    if (chunk.kind === 'rows')
      for (const row of chunk.rows) {
        const columns = this.#source.evolution === 'fail' ? this.#rows.undeclared(row) : [];
        if (columns.length > 0) refused = undeclaredColumns(this.#table, at, chunk.entry, row, columns);
        if (refused !== null) break;
        records.push(this.#rows.record(chunk.entry, row));
      }
    const result = open.task.process({ ...at, records, highWatermark: 0 }, chunk.entry.foundAt);
    const failure = result.failure === null ? refused : named(result.failure, chunk.entry.path);
    return { open, result, failure, after: failure === null ? after : stoppedAt(failure), entry: chunk.entry };
  }
}
