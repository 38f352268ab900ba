import type { Table } from '../api/contract.ts';

const KINDS: Readonly<Record<string, string>> = {
  streaming_table: 'streaming table',
  keyed_table: 'keyed table',
  view: 'view',
  materialized_view: 'materialized view',
  relational_view: 'relational view',
  change_feed: 'change feed',
};

/** What kind of table it is, in words. */
export function kindText(table: Table): string {
  const kind = KINDS[table.kind] ?? table.kind.replaceAll('_', ' ');
  return table.windowMs === null ? kind : `${kind}, windows of ${windowText(table.windowMs)}`;
}

function windowText(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 1) return `${ms / 1000} s`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}
