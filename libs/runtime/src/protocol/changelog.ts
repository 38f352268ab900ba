import type { RowSchema } from '@medallion/schema';

/** Columns that a changelog has beside those of its table, none of them seen by users. */
export const CHANGELOG = {
  /** Type 2: the change is known, but it made no version of its own, as it equals the one before in all tracked columns. */
  absorbed: '__absorbed',
} as const;

/**
 * The rows of a keyed table's changelog topic.
 *
 * The key of a record is the JSON array of the row's keys; for type 2 with the sequence of the version (`__START_AT`)
 * after them. So compaction keeps the newest state of each row, or version. The value is the row as it stands now; null
 * for a row that is deleted, and then the header `medallion.sequence` holds the JSON of the delete's sequence: it is
 * what keeps an older change from bringing the row back, for as long as compaction keeps it.
 */
export const changelogSchema = (schema: RowSchema): RowSchema => ({
  name: schema.name,
  fields: [...schema.fields, { name: CHANGELOG.absorbed, type: { kind: 'boolean' }, nullable: true }],
});
