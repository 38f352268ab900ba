import type { QueryInfo, Row, Series } from '../api/contract.ts';
import { labelOf } from '../format/units.ts';

/** What can be drawn of an answer: lines over time, or an amount for each of several names. */
export type Chart =
  | {
      readonly kind: 'line';
      readonly x: readonly number[];
      readonly final: readonly boolean[] | null;
      readonly lines: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
      readonly measure: string;
    }
  | {
      readonly kind: 'bar';
      readonly measure: string;
      readonly bars: readonly { readonly name: string; readonly value: number | null }[];
    };

/** More lines than colours that can be told apart are not drawn; all are in the table. */
export const MOST_LINES = 7;

const numberOf = (value: unknown): number | null => {
  if (value === null || value === undefined || value === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
};

const nameOf = (value: unknown): string => (value === null || value === undefined ? '(none)' : String(value));

const sum = (values: readonly (number | null)[]): number =>
  values.reduce<number>((total, value) => total + (value ?? 0), 0);

/** The greatest lines, as many as can be told apart, in the order that they had. */
export function greatest<L extends { readonly values: readonly (number | null)[] }>(lines: readonly L[]): readonly L[] {
  if (lines.length <= MOST_LINES) return lines;
  const chosen = new Set([...lines].sort((a, b) => sum(b.values) - sum(a.values)).slice(0, MOST_LINES));
  return lines.filter((line) => chosen.has(line));
}

/** The picture of a query's rows, as it says that they are best drawn; null for those that are only a table. */
export function chartOfRows(how: QueryInfo['chart'], rows: readonly Row[]): Chart | null {
  const { kind, x, y, series } = how;
  const [measure] = y;
  if (kind === 'table' || x === null || measure === undefined) return null;
  if (kind === 'bar') return { kind, measure, bars: barsOf(x, measure, series, rows) };
  const times = [...new Set(rows.map((row) => Date.parse(String(row[x]))))]
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const at = new Map(times.map((time, index) => [time, index]));
  const lines = new Map<string, (number | null)[]>();
  const open = new Set<number>();
  for (const row of rows) {
    const index = at.get(Date.parse(String(row[x])));
    if (index === undefined) continue;
    if (row.is_final === false) open.add(index);
    for (const column of y) {
      const name =
        series === null ? labelOf(column) : `${nameOf(row[series])}${y.length > 1 ? `, ${labelOf(column)}` : ''}`;
      const values = lines.get(name) ?? times.map(() => null);
      values[index] = numberOf(row[column]);
      lines.set(name, values);
    }
  }
  const knowsFinal = rows.some((row) => typeof row.is_final === 'boolean');
  return {
    kind,
    measure,
    x: times,
    final: knowsFinal ? times.map((_, index) => !open.has(index)) : null,
    lines: greatest([...lines].map(([label, values]) => ({ label, values }))),
  };
}

const barsOf = (x: string, measure: string, series: string | null, rows: readonly Row[]) =>
  rows.map((row) => ({
    name: series === null ? nameOf(row[x]) : `${nameOf(row[x])}, ${nameOf(row[series])}`,
    value: numberOf(row[measure]),
  }));

/** The picture of a table's series. */
export function chartOfSeries({ axis, x, final, lines }: Series): Chart | null {
  const [first] = lines;
  if (first === undefined || x.length === 0) return null;
  if (axis === 'group')
    return {
      kind: 'bar',
      measure: first.name,
      bars: x.map((name, index) => ({ name, value: first.values[index] ?? null })),
    };
  return {
    kind: 'line',
    measure: first.name,
    x: x.map((at) => Date.parse(at)),
    final,
    lines: greatest(lines.map(({ name, group, values }) => ({ label: group ?? labelOf(name), values }))),
  };
}
