import type { KeyedTablePlan } from '@medallion/pipeline';
import { VALIDITY } from '@medallion/pipeline';
import type { Field, RowSchema } from '@medallion/schema';
import type { LogRecord, Offset, TopicPartition } from '../ports/index.ts';
import { coordinateOf, formatCoordinate } from './coordinates.ts';

/**
 * What a changelog topic holds: the rows of a keyed table as they stand, one record a row (type 2: a version).
 *
 * - **Key**: the JSON array of the values of the plan's `keys`; for type 2 with the sequence of the version (what
 *   `__START_AT` holds) after them. So compaction keeps the newest state of each row.
 * - **Value**: the row as it stands now. Null: there is no such row (any more). Type 2: where `__absorbed` is true there
 *   is no such row either: the change is known, but it made no version of its own, as it equals the one before it in all
 *   tracked columns. A version may become absorbed, and the other way round, when a late change comes.
 * - **Header `medallion.sequence`**: JSON of the sequence of the change that the record tells of. That of a delete keeps
 *   an older change from bringing the row back, for as long as compaction keeps it (`delete.retention.ms`).
 * - **Header `medallion.more`**: records of the same change follow.
 * - **Header `medallion.from`**: the coordinate of the input's record that the change came with, on the first record of it
 *   (of rows that a snapshot no longer has: of the snapshot, with index 1). A flow that goes on after a crash tells by it
 *   which changes stand behind the last ledger.
 * - **Header `medallion.ledger`**: no row, but how far a flow has come and what it has counted (`ledger.ts`).
 * - **`src`**: `flow:partition:offset:0`, where `partition` is that of the changelog (and of the flow's input), and
 *   `offset` is **where in the changelog its writer expected the record to stand**. A record that stands elsewhere does
 *   not count: its writer did not know of what was written before it (SPEC K1 to K4). `standsWhereExpected` says so; a
 *   reader needs nothing else, and keeps no coordinates. Of the records of one key that count, the last one does.
 *
 * A reader decodes with `changelogSchema(table.schema)`; the writer's schema has more columns, which only the flow itself
 * reads.
 */
export const CHANGELOG = {
  /** Type 2: the change made no version of its own. */
  absorbed: '__absorbed',
  /** Type 2: the untracked columns show a later change that is absorbed in the version; its own are in `__own_…`. */
  amended: '__amended',
  /** Before the name of an untracked column: its value in the change that began the version. */
  own: '__own_',
} as const;

/** Headers of a changelog's records beside `src`. */
export const CHANGELOG_HEADER = {
  sequence: 'medallion.sequence',
  more: 'medallion.more',
  from: 'medallion.from',
  ledger: 'medallion.ledger',
} as const;

const absorbed: Field = { name: CHANGELOG.absorbed, type: { kind: 'boolean' }, nullable: true };

/** The rows of a keyed table's changelog as its readers see them: the table's columns and whether it is absorbed. */
export const changelogSchema = (schema: RowSchema): RowSchema => ({
  name: schema.name,
  fields: [...schema.fields, absorbed],
});

/** The columns whose new values make no new version: those that are neither keys, tracked nor the validity. */
export const untrackedOf = ({ schema, keys, tracked }: KeyedTablePlan): readonly Field[] =>
  schema.fields.filter(
    ({ name }) => !keys.includes(name) && !tracked.includes(name) && name !== VALIDITY.from && name !== VALIDITY.to,
  );

/** The rows of a keyed table's changelog as its flow writes them. */
export const changelogWriterSchema = (table: KeyedTablePlan): RowSchema => {
  const { name, fields } = changelogSchema(table.schema);
  if (table.storedAs === 1) return { name, fields };
  const untracked = untrackedOf(table);
  const own = untracked.map((field) => ({ ...field, name: `${CHANGELOG.own}${field.name}`, nullable: true }));
  const amended: Field = { name: CHANGELOG.amended, type: { kind: 'boolean' }, nullable: true };
  return { name, fields: own.length === 0 ? fields : [...fields, amended, ...own] };
};

/** The `src` of a record that its writer expects to stand at this offset. */
export const changelogSource = (flow: string, partition: number, expected: Offset): string =>
  formatCoordinate(flow, partition, expected, 0);

/** Whether a record of a changelog is a change that counts (SPEC K1): see `stands`. Ledgers are none. */
export const standsWhereExpected = (record: LogRecord, flow: string, at: TopicPartition): boolean =>
  record.headers[CHANGELOG_HEADER.ledger] === undefined && stands(record, flow, at);

/** Whether a table's flow wrote the record, and it stands where that expected it to stand. */
export function stands(record: LogRecord, flow: string, { partition }: TopicPartition): boolean {
  const coordinate = coordinateOf(record);
  return (
    coordinate !== null &&
    coordinate.flow === flow &&
    coordinate.partition === partition &&
    coordinate.offset === record.offset
  );
}
