import { columnLineage, type PipelinePlan } from '@medallion/pipeline';

/** Where a column comes from, as a row of `medallion.column_lineage`. */
export type ColumnLineage = {
  /** A table of the pipeline, a topic, or a pattern of files. */
  readonly source: string;
  readonly column: string;
  /** Whether its value can be seen in the other one: counts and conditions show none. */
  readonly carried: boolean;
  readonly target: string;
  readonly targetColumn: string;
};

/** The lineage of every column of a plan, as far as its declarations say. */
export const columnLineageOf = (plan: PipelinePlan): readonly ColumnLineage[] =>
  [...columnLineage(plan)].flatMap(([target, columns]) =>
    [...columns].flatMap(([targetColumn, origins]) =>
      origins.map(({ table, column, seen }) => ({ source: table, column, carried: seen, target, targetColumn })),
    ),
  );
