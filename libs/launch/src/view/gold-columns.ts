import type { MaterializedViewPlan } from '@medallion/pipeline';
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
