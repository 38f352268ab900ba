/** How old the newest row of a table counts as, in milliseconds, and the table that it has this age from. */
export type Age = { readonly ms: number; readonly from: string };

/**
 * The age of each table: its own, or that of the oldest of its inputs where that is older, through all tables between (D10).
 * Inputs whose age is not known count for nothing; a table about which nothing is known is absent.
 *
 * @param own the age of the newest row of each table, in milliseconds
 * @param inputs what each table reads directly; without cycles
 */
export function agesOf(
  tables: readonly string[],
  own: ReadonlyMap<string, number>,
  inputs: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, Age> {
  const ages = new Map<string, Age | null>();
  const ageOf = (table: string): Age | null => {
    const known = ages.get(table);
    if (known !== undefined) return known;
    ages.set(table, null); // where a graph is no graph without cycles, it ends here
    const ms = own.get(table);
    let oldest: Age | null = ms === undefined ? null : { ms, from: table };
    for (const input of inputs.get(table) ?? []) {
      const age = ageOf(input);
      if (age !== null && (oldest === null || age.ms > oldest.ms)) oldest = age;
    }
    ages.set(table, oldest);
    return oldest;
  };
  for (const table of tables) ageOf(table);
  return new Map([...ages].flatMap(([table, age]) => (age === null ? [] : [[table, age] as const])));
}
