import { ident } from '../sql-text.ts';

/** A column to look rows up by, and the SQL of the value that it must have. */
export type Wanted = { readonly column: string; readonly nullable: boolean; readonly value: string };

/** Of so many nullable columns every pattern of nulls gets a branch of its own. */
const MAX_PATTERNS = 3;

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
  const nullable = wanted.filter((w) => w.nullable);
  if (nullable.length === 0) return [wanted.map(equal)];
  const known = nullable.map((w) => `${w.value} IS NOT NULL`);
  if (nullable.length > MAX_PATTERNS)
    return [
      [...wanted.map(equal), ...known],
      [
        `NOT (${known.join(' AND ')})`,
        ...wanted.map(({ column, value }) => `x.${ident(column)} IS NOT DISTINCT FROM ${value}`),
      ],
    ];
  return Array.from({ length: 2 ** nullable.length }, (_, pattern) =>
    wanted.flatMap((w) => {
      const bit = nullable.indexOf(w);
      const isNull = bit >= 0 && (pattern & (1 << bit)) !== 0;
      if (isNull) return [`${w.value} IS NULL`, `x.${ident(w.column)} IS NULL`];
      return bit >= 0 ? [`${w.value} IS NOT NULL`, equal(w)] : [equal(w)];
    }),
  );
}
