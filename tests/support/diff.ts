/** A row of any table. */
type Row = Readonly<Record<string, unknown>>;

/** At most so many differences are told: the first ones say what is wrong. */
const SHOWN = 12;

/** Double results of sums in another order differ in their last digits; places near 0 degrees more than others. */
const isAverage = (column: string): boolean => column.startsWith('avg_') || column.startsWith('mean_');
const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

function same(column: string, a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number' && isAverage(column)) return close(a, b);
  return Object.is(a, b) || JSON.stringify(a) === JSON.stringify(b);
}

function show(value: unknown, column = ''): string {
  const isTime = /^(window_start|window_end|watermark|event_time|final_through)$/.test(column);
  if (isTime && typeof value === 'number' && Number.isFinite(value)) return new Date(value).toISOString();
  return typeof value === 'string' ? JSON.stringify(value).slice(0, 120) : (JSON.stringify(value) ?? 'absent');
}

const showRow = (row: Row): string =>
  Object.entries(row)
    .map(([column, value]) => `${column}=${show(value, column)}`)
    .join(' ')
    .slice(0, 400);

/**
 * The differences between two tables, row by row, as lines for a person; none when they are equal. Rows are paired by
 * the columns of `key`; `ignore` are columns of the actual rows that nobody can expect a value of.
 */
export function diffTables(
  table: string,
  expected: readonly Row[],
  actual: readonly Row[],
  key: readonly string[],
  ignore: readonly string[] = [],
): readonly string[] {
  const keyOf = (row: Row): string => JSON.stringify(key.map((column) => row[column]));
  const differences: string[] = [];
  const left = new Map<string, Row>();
  for (const row of actual) {
    if (left.has(keyOf(row))) differences.push(`${table}: twice: ${showRow(row)}`);
    left.set(keyOf(row), row);
  }
  for (const row of expected) {
    const found = left.get(keyOf(row));
    if (found === undefined) differences.push(`${table}: missing: ${showRow(row)}`);
    else {
      left.delete(keyOf(row));
      const onlyFound = Object.keys(found).filter((column) => !(column in row) && !ignore.includes(column));
      const columns = [...Object.keys(row), ...onlyFound];
      const wrong = columns.filter((column) => !same(column, row[column], found[column]));
      if (wrong.length > 0) {
        const at = key.map((column) => `${column}=${show(row[column], column)}`).join(' ');
        const what = wrong.map((c) => `${c}: expected ${show(row[c], c)}, found ${show(found[c], c)}`).join('; ');
        differences.push(`${table}: ${at}: ${what}`);
      }
    }
  }
  for (const row of left.values()) differences.push(`${table}: not expected: ${showRow(row)}`);
  const more = differences.length - SHOWN;
  return more > 0 ? [...differences.slice(0, SHOWN), `${table}: … and ${more} more differences`] : differences;
}
