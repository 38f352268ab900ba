/** A mistake in a declaration and what to do about it. */
export type Mistake = { readonly where: string; readonly what: string; readonly remedy: string };

/** Gathers mistakes, so that a user sees all of them at once. */
export class Mistakes {
  readonly found: Mistake[] = [];

  add(where: string, what: string, remedy: string): void {
    this.found.push({ where, what, remedy });
  }

  /** One line a mistake, in the order in which they were found, each once. */
  toString(): string {
    const lines = this.found.map(({ where, what, remedy }) => `- ${where}: ${what}; ${remedy}`);
    return [...new Set(lines)].join('\n');
  }
}

/** Reports mistakes of one table. */
export type Report = (what: string, remedy: string) => void;

/** Names as a list for a sentence: `"a", "b"`. */
export const quoted = (names: Iterable<string>): string => [...names].map((name) => `"${name}"`).join(', ');
