import type { MaterializedViewPlan, RelationalViewPlan } from '@medallion/pipeline';
import type { FieldType } from './model.ts';

/** A column that is shown of a gold table. */
export type GoldColumn = { readonly name: string; readonly kind: FieldType['kind'] };

/**
 * The columns that say most, the most telling first: when, of whom, which rank or total, how many. Averages and the
 * like are left to queries; what does not fit the terminal is left out from the right.
 */
export function goldColumns(view: MaterializedViewPlan): readonly GoldColumn[] {
  const computed = (kind: 'rank' | 'cumulative' | 'expression', most: number): string[] =>
    view.columns
      .filter((column) => column.kind === kind)
      .slice(0, most)
      .map(({ field }) => field.name);
  const counts = view.aggregates.filter(({ kind }) => kind === 'count').map(({ name }) => name);
  const sums = view.aggregates.filter(({ kind }) => kind === 'sum').map(({ name }) => name);
  const names = [
    'window_start',
    ...view.groupBy
      .filter(({ type }) => type.kind === 'string' || type.kind === 'enum')
      .map(({ name }) => name)
      .slice(0, 2),
    ...computed('rank', 1),
    ...counts.slice(0, 1),
    ...computed('cumulative', 2),
    ...counts.slice(1, 3),
    ...sums.slice(0, 1),
    ...computed('expression', 1),
  ];
  return names.map((name) => {
    const field = view.schema.fields.find((each) => each.name === name);
    return { name, kind: field?.type.kind ?? 'string' };
  });
}

/** As many columns as a line has room for. */
const MOST_COLUMNS = 8;

/** The first columns of a table without windows: keys come first. */
export const firstColumns = (view: RelationalViewPlan): readonly GoldColumn[] =>
  view.schema.fields.slice(0, MOST_COLUMNS).map(({ name, type }) => ({ name, kind: type.kind }));
