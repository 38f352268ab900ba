import type { Check } from './check.ts';
import type { Narrowed } from './expectation.ts';
import type { KeyedTable } from './keyed-table.ts';
import type { SqlCondition } from './sql.ts';
import type { ColumnName } from './types.ts';

/** A named rule over the rows of a snapshot, of which one that breaks it is kept: of a column, the row, or in SQL. */
export type WarnOfSnapshot<R, K extends string> = {
  (name: string, condition: SqlCondition): SnapshotTable<R, K>;
  (name: string, text: string, test: (row: R) => boolean): SnapshotTable<R, K>;
  <C extends ColumnName<R>, Out>(name: string, column: C, check: Check<NonNullable<R[C]>, Out>): SnapshotTable<R, K>;
};

/**
 * A named rule that the rows of a snapshot must pass. Of a key whose row breaks it, the table keeps what it had; the
 * column that it checks has the narrower type afterwards.
 */
export type BlockOfSnapshot<R, K extends string> = {
  (name: string, condition: SqlCondition): SnapshotTable<R, K>;
  (name: string, text: string, test: (row: R) => boolean): SnapshotTable<R, K>;
  <C extends ColumnName<R>, Out>(
    name: string,
    column: C,
    check: Check<NonNullable<R[C]>, Out>,
  ): SnapshotTable<Narrowed<R, C, Out>, K>;
};

/** A keyed table that is what the newest snapshot says; its rows can be judged before they count. */
export interface SnapshotTable<R, K extends string> extends KeyedTable<R, K> {
  /** Keeps a row that breaks the rule, with the rule's name. Narrows and converts nothing. */
  readonly expect: WarnOfSnapshot<R, K>;
  /** Drops a row that breaks the rule; rule and coordinates are recorded, the row is not. */
  readonly expectOrDrop: BlockOfSnapshot<R, K>;
  /** Moves a row that breaks the rule to quarantine, whole, with every rule that it broke. */
  readonly expectOrQuarantine: BlockOfSnapshot<R, K>;
  /** Stops the flow at a row that breaks the rule, before anything of its snapshot counts. */
  readonly expectOrFail: BlockOfSnapshot<R, K>;
  /** An expectation in the words of SQL: `CONSTRAINT name EXPECT (condition) ON VIOLATION DROP ROW`. */
  constraint(text: string): SnapshotTable<R, K>;
}
