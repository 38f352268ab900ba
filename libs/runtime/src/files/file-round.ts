import { MedallionError } from '@medallion/core';
import type { FilesPlan, StreamingTablePlan } from '@medallion/pipeline';
import type { AppendBatch, FileRow, OutRecord, TopicPartition } from '../ports/index.ts';
import { partitionOfKey } from '../protocol/key-partition.ts';
import type { BatchResult } from '../streaming/table-task.ts';
import type { FileEntry } from './file-log.ts';
import { type FilePosition, rowAt, rowOffset } from './virtual-offset.ts';

/** A chunk's rows and where they were read. */
type Produced = { readonly at: TopicPartition; readonly result: BatchResult };

/** What a round appends: rows to the partitions of their keys, in order, traces to that of the file log. */
export function batchesOf(
  table: StreamingTablePlan,
  { partitions }: FilesPlan,
  produced: readonly Produced[],
): readonly AppendBatch[] {
  const rows = new Map<number, OutRecord[]>();
  const traces = new Map<number, OutRecord[]>();
  for (const { at, result } of produced) {
    for (const row of result.rows) {
      // Rows without a key stay with their file.
      const to = row.key === null ? at.partition : partitionOfKey(row.key, partitions);
      added(rows, to, row);
    }
    for (const trace of result.traces) added(traces, at.partition, trace);
  }
  const batches =
    (topic: string) =>
    ([partition, records]: readonly [number, readonly OutRecord[]]): AppendBatch => ({ topic, partition, records });
  return [...[...rows].map(batches(table.topic)), ...[...traces].map(batches(table.quarantineTopic))];
}

function added(lists: Map<number, OutRecord[]>, partition: number, record: OutRecord): void {
  const list = lists.get(partition);
  if (list === undefined) lists.set(partition, [record]);
  else list.push(record);
}

/** The failure of a file that has columns which nobody declared, at the row that has them. */
export function undeclaredColumns(
  table: StreamingTablePlan,
  at: TopicPartition,
  { path, offset }: FileEntry,
  { row }: FileRow,
  columns: readonly string[],
): MedallionError {
  const details = { table: table.name, path, columns: columns.join(', '), ...at, offset: rowOffset(offset, row) };
  return new MedallionError('MED_FILE_COLUMNS', details);
}

/** A failure at a row, with the file's name. */
export function named(failure: MedallionError, path: string): MedallionError {
  if (failure.code !== 'MED_EXPECTATION_FAILED') return failure;
  const details = failure.details as MedallionError<'MED_EXPECTATION_FAILED'>['details'];
  const { row } = rowAt(Number(details.offset));
  return new MedallionError('MED_EXPECTATION_FAILED', {
    ...details,
    rules: `${details.rules} (row ${row} of ${path})`,
  });
}

/** Where a flow that stopped at a row goes on: at that row, found by counting, as it is in the middle of a chunk. */
export function stoppedAt(failure: MedallionError): FilePosition {
  const { entry, row } = rowAt(Number((failure.details as { readonly offset: number }).offset));
  return { entry, mark: { row, byte: row === 0 ? 0 : null, line: 0 } };
}
