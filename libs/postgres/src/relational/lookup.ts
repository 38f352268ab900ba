import { ident } from '../sql-text.ts';

/** A column to look rows up by, and the SQL of the value that it must have. */
export type Wanted = { readonly column: string; readonly nullable: boolean; readonly value: string };

/** Of so many nullable columns every pattern of nulls gets a branch of its own. */
const MAX_PATTERNS = 3;
/** So many columns of an index find few enough rows. */
const MAX_INDEXED = 4;

/** The columns by which an index has to find the rows: those that are never null first, as they are compared by `=`. */
export const indexedColumns = <C extends { readonly nullable: boolean }>(columns: readonly C[]): readonly C[] => {
  const known = columns.filter((column) => !column.nullable);
  const nullable = columns.filter((column) => column.nullable);
  const usable =
    nullable.length > MAX_PATTERNS && known.length > 0 ? known : [...known, ...nullable.slice(0, MAX_PATTERNS)];
  return usable.slice(0, MAX_INDEXED);
};

/**
 * A lateral subquery: the rows of `table` whose columns have these values, where null equals null.
 *
 * It is written so that the planner has no choice but to look each up by an index: plans are made once per connection,
 * often while tables are still empty, and a scan of all rows that was cheap then would be kept. `OFFSET 0` keeps the
 * subquery from being merged into a join, and as IS NOT DISTINCT FROM uses no index, there is one branch for each
 * pattern of nulls, of which only the one that fits is run.
 */
export function lookup(table: string, wanted: readonly Wanted[], more = ''): string {
  const branches = patterns(wanted).map((conditions) => {
    const all = more === '' ? conditions : [...conditions, more];
    return `SELECT x.*, x.ctid AS __at FROM ${table} x WHERE ${all.join(' AND ')}`;
  });
  return branches.length === 1
    ? `(${branches[0]} OFFSET 0)`
    : `(SELECT * FROM (${branches.join(' UNION ALL ')}) x OFFSET 0)`;
}

function patterns(wanted: readonly Wanted[]): readonly (readonly string[])[] {
  const equal = ({ column, value }: Wanted): string => `x.${ident(column)} = ${value}`;
  const alike = ({ column, value }: Wanted): string => `x.${ident(column)} IS NOT DISTINCT FROM ${value}`;
  const known = wanted.filter((w) => !w.nullable);
  const nullable = wanted.filter((w) => w.nullable);
  // Too many for a branch each: the rows that the others find are looked through, of few that are never null or of some.
  const branched = nullable.length <= MAX_PATTERNS ? nullable : known.length > 0 ? [] : nullable.slice(0, MAX_PATTERNS);
  const rest = nullable.filter((w) => !branched.includes(w));
  const always = [...known.map(equal), ...rest.map(alike)];
  return Array.from({ length: 2 ** branched.length }, (_, pattern) => [
    ...always,
    ...branched.flatMap((w, i) =>
      (pattern & (1 << i)) === 0
        ? [`${w.value} IS NOT NULL`, equal(w)]
        : [`${w.value} IS NULL`, `x.${ident(w.column)} IS NULL`],
    ),
  ]);
}
