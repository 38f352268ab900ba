import { assertNever } from '@medallion/core';
import { type AnyTable, isTable } from './declaration.ts';
import type { Mistakes } from './mistakes.ts';

/** The tables that a table reads, each once; none for what comes from outside. */
export function sourcesOf({ declaration }: AnyTable): readonly AnyTable[] {
  switch (declaration.kind) {
    case 'streaming_table':
    case 'keyed_table': {
      const sources = declaration.flows.flatMap(({ source }) => (isTable(source) ? [source] : []));
      return distinct([...sources, ...joined(declaration.operations)]);
    }
    case 'view':
    case 'change_feed':
      return declaration.source === null ? [] : [declaration.source];
    case 'materialized_view':
      return [declaration.source];
    case 'relational_view':
      return distinct([declaration.source, ...joined(declaration.clauses)]);
    default:
      return assertNever(declaration, 'declaration');
  }
}

const distinct = (tables: readonly AnyTable[]): readonly AnyTable[] => [...new Set(tables)];

const joined = (steps: readonly { readonly kind: string; readonly table?: AnyTable }[]): readonly AnyTable[] =>
  steps.flatMap(({ table }) => table ?? []);

/** False for what the compiler would have refused: a table without `.from()`. */
function hasSource({ declaration }: AnyTable): boolean {
  if (declaration === undefined) return false;
  if ('flows' in declaration) return declaration.flows.length > 0;
  return (declaration.source ?? null) !== null;
}

/** The listed tables, each once and after the tables that it reads; otherwise as listed. */
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
    for (const source of sourcesOf(table)) {
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
