import type { KeyedTablePlan, RelationalViewPlan } from '@medallion/pipeline';
import type { Field } from '@medallion/schema';

/** A table of rows by key that others may be computed from. */
export type Relation = KeyedRelation | RowRelation | GroupRelation;

type Stored = {
  /** The name of its table. */
  readonly name: string;
  /** The stored columns in order. */
  readonly fields: readonly Field[];
  /** The columns that identify a row; null may be a value of them, and equals itself. */
  readonly key: readonly Field[];
};

/** A keyed table: its rows come with commits. */
export type KeyedRelation = Stored & { readonly kind: 'keyed'; readonly plan: KeyedTablePlan };

/** A row for each row of another relation that passes, joined with others. */
export type RowRelation = Stored & {
  readonly kind: 'rows';
  readonly plan: RelationalViewPlan;
  readonly source: Relation;
  readonly joins: readonly Join[];
  /** The SQL of each stored column but the surrogate key, over the aliases of SOURCE and the joins. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly where: string | null;
  readonly surrogate: Surrogate | null;
};

/**
 * A row for each group of another relation's rows, with what its measures are made of: counts, exact sums, extremes. A
 * change of the rows is merged into it; what it shows is a relation of rows over it.
 */
export type GroupRelation = Stored & {
  readonly kind: 'groups';
  readonly plan: RelationalViewPlan;
  readonly source: Relation;
  /** Columns of `source`, named alike here; at least one. */
  readonly groups: readonly Field[];
  /** The columns but those of the group; the first counts the rows. */
  readonly accumulators: readonly Accumulator[];
  /** The SQL of each column, where `group` says how the column of a group is written. */
  readonly outputs: (group: (name: string) => string) => ReadonlyMap<string, string>;
  readonly where: string | null;
  readonly surrogate: null;
};

/** What is kept of the values of a group's rows. */
export type Accumulator = {
  /** Its column. */
  readonly field: Field;
  /** How a change is merged: `anew` is computed from all rows of the group. */
  readonly kind: 'count' | 'sum' | 'min' | 'max' | 'distinct' | 'anew';
  /** The SQL of the value over SOURCE; null for the row itself. Null values are not measured. */
  readonly value: string | null;
  /** The SQL of the condition that a row has to meet; null for all. */
  readonly filter: string | null;
  /** The column of the source that the value is; null for a computed value. */
  readonly column: Field | null;
  /** The SQL over all rows of a group. */
  readonly aggregate: string;
};

/** The alias of a relation's source in its SQL. */
export const SOURCE = 's';

/** A relation that rows are looked up in. */
export type Join = {
  /** Its alias. */
  readonly alias: string;
  readonly relation: Relation;
  readonly type: 'left' | 'inner';
  readonly on: readonly { readonly left: Place; readonly right: Field }[];
  /** A table of versions is looked up by its keys without the time: only the open version counts. */
  readonly open: boolean;
};

/** Where a column of a joined row is. */
export type Place = {
  /** SOURCE or the alias of a join. */
  readonly alias: string;
  /** The column there; its nullability is that in the joined row. */
  readonly field: Field;
  /** Its value in a joined row. */
  readonly sql: string;
  /** Whether that is always the column's own value, and null where a join finds nothing. */
  readonly plain: boolean;
};

/** An integer for each key, kept for ever in a table of its own. */
export type Surrogate = { readonly column: Field; readonly keys: string };

/** A view's relation: a stored one, not a keyed table. */
export type Computed = RowRelation | GroupRelation;
