import type { Look } from '@medallion/testkit';

/** Adds up by name. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string, n = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + n);
  }

  /** Where another one says otherwise. */
  differences(found: Tally): readonly string[] {
    const names = new Set([...this.#counts.keys(), ...found.#counts.keys()]);
    return [...names].flatMap((name) => {
      const [wanted = 0, there = 0] = [this.#counts.get(name), found.#counts.get(name)];
      return wanted === there ? [] : [`${name}: expected ${wanted}, found ${there}`];
    });
  }
}

/** What Postgres has counted of some tables: records by outcome, and rules. */
export function countedIn({ database }: Pick<Look, 'database'>, tables: readonly string[]): Tally {
  const tally = new Tally();
  for (const count of database.counts) {
    if (!tables.includes(count.table)) continue;
    const at = `${count.table}[${count.partition}]`;
    if (count.kind === 'records') tally.add(`${at} ${count.outcome}`, count.records);
    else
      for (const what of ['judged', 'failed', 'dropped'] as const)
        tally.add(`${at} ${count.rule} ${what}`, count[what]);
  }
  return tally;
}
