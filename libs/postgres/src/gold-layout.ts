import type { AggregatePlan, MaterializedViewPlan } from '@medallion/pipeline';
import { type Field, type FieldType, postgresType } from '@medallion/schema';
import { derivedName } from './sql-text.ts';

/** A column of a state table and how a new value is merged into the stored one. */
export type StateColumn = {
  readonly name: string;
  readonly sqlType: string;
  readonly nullable: boolean;
  readonly merge: 'add' | 'least' | 'greatest';
};

/** The table of the values that an exact distinct count has seen in each window and group. */
export type MemberTable = {
  /** Position of the aggregate in the plan. */
  readonly index: number;
  readonly table: string;
  /** The state column that counts the members. */
  readonly counts: string;
  readonly member: FieldType;
};

/** How a materialized view is kept: the tables behind it and their columns. */
export type GoldLayout = {
  readonly stateTable: string;
  /** window_start and the group columns: the key of a row. */
  readonly key: readonly Field[];
  readonly state: readonly StateColumn[];
  readonly members: readonly MemberTable[];
};

/** Of sessions, the hash of the group that they belong to, and their end: both are stored. */
export const GROUP_KEY = '__group';
export const WINDOW_END = 'window_end';

/** The value that an exact distinct count counts. */
export const MEMBER = 'member';

const windowStart: Field = { name: 'window_start', type: { kind: 'timestamp' }, nullable: false };

/** The state columns of one aggregate: an average needs two. */
export const averageColumns = (name: string): readonly [sum: string, count: string] => [
  derivedName(name, '__sum'),
  derivedName(name, '__count'),
];

function stateOf({ name, kind, input, result }: AggregatePlan): readonly StateColumn[] {
  const sqlType = postgresType(result.type);
  switch (kind) {
    case 'count':
    case 'count_distinct':
    case 'sum':
      return [{ name, sqlType, nullable: false, merge: 'add' }];
    case 'min':
      return [{ name, sqlType, nullable: true, merge: 'least' }];
    case 'max':
      return [{ name, sqlType, nullable: true, merge: 'greatest' }];
    case 'avg': {
      const [sum, count] = averageColumns(name);
      return [
        // Sums of decimals are exact, those of an average too.
        {
          name: sum,
          sqlType: input?.kind === 'decimal' ? 'numeric' : 'double precision',
          nullable: false,
          merge: 'add',
        },
        { name: count, sqlType: 'bigint', nullable: false, merge: 'add' },
      ];
    }
  }
}

/** The tables behind a materialized view. */
export function layoutOf(view: MaterializedViewPlan): GoldLayout {
  return {
    stateTable: derivedName(view.name, '__state'),
    key: [windowStart, ...view.groupBy],
    state: view.aggregates.flatMap(stateOf),
    members: view.aggregates.flatMap((aggregate, index) =>
      aggregate.kind === 'count_distinct' && aggregate.input !== null
        ? [
            {
              index,
              table: derivedName(`${view.name}__${aggregate.name}`, '__members'),
              counts: aggregate.name,
              member: aggregate.input,
            },
          ]
        : [],
    ),
  };
}

/** The type of a key column. Text is compared by its bytes: faster than by a language's rules, and the same everywhere. */
export const keyType = (type: FieldType): string => {
  const sqlType = postgresType(type);
  return sqlType === 'text' ? 'text COLLATE "C"' : sqlType;
};
