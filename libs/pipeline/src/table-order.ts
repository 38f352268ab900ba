import type { AnyTable } from './declaration.ts';
import type { Mistakes } from './mistakes.ts';

/** The table that a table reads; null when it reads a topic. */
export function sourceOf({ declaration }: AnyTable): AnyTable | null {
  if (declaration.kind === 'materialized_view') return declaration.source;
  return 'kind' in declaration.source ? null : declaration.source;
}

/** False for what the compiler would have refused: a table without `.from()`. */
const hasSource = ({ declaration }: AnyTable): boolean => (declaration?.source ?? null) !== null;

/** The listed tables, each once and after the table that it reads; otherwise as listed. */
export function inOrder(listed: readonly AnyTable[], mistakes: Mistakes): readonly AnyTable[] {
  const byName = new Map<string, AnyTable>();
  for (const table of listed) {
    if (!hasSource(table))
      mistakes.add(`table "${table.name}"`, 'it does not say where its rows come from', 'call .from() on it');
    else if (byName.has(table.name))
      mistakes.add(
        `table "${table.name}"`,
        'it is listed twice',
        'give each table a name of its own, and list it once',
      );
    else byName.set(table.name, table);
  }

  const ordered = new Set<AnyTable>();
  // Ends: a table is a value, and can only read one that existed before it.
  const visit = (table: AnyTable): void => {
    const source = sourceOf(table);
    if (source !== null) {
      const same = byName.get(source.name);
      if (same === undefined)
        mistakes.add(
          `table "${table.name}"`,
          `it reads "${source.name}", which is not listed`,
          'list both in `tables`',
        );
      else {
        if (same !== source)
          mistakes.add(
            `table "${table.name}"`,
            `it reads another declaration of "${source.name}" than the one that is listed`,
            'read the value that is listed: methods such as .comment() return a new one',
          );
        visit(same);
      }
    }
    ordered.add(table);
  };
  for (const table of byName.values()) visit(table);
  return [...ordered];
}
