import { NEVER } from '@medallion/core';
import type { Look } from '@medallion/testkit';
import { type Expected, SILVER } from '../../oracle/santa-oracle.ts';
import { VIEWS, type ViewName } from '../../oracle/views.ts';
import { diffTables } from '../../support/diff.ts';
import type { FirstOf } from '../first-of.ts';
import { sortedDifferences } from '../sorted-differences.ts';

/** Rows of the views and late rows, as they are expected and as they are. */
export function goldDifferences(expected: Expected, { database }: Look): readonly string[] {
  const final = database.finalThrough.get(SILVER) ?? NEVER;
  const wantedRows = (name: ViewName, sizeMs: number) =>
    expected.gold.get(name)!.map((row) => ({ ...row, is_final: Number(row.window_start) + sizeMs <= final }));
  const lines: string[] = [];
  for (const { name, groupBy, sizeMs } of VIEWS)
    if (database.viewOf(name) !== null)
      lines.push(...diffTables(name, wantedRows(name, sizeMs), database.rows(name), ['window_start', ...groupBy]));
  const late = database.late.map(({ view, partition, windowStart, watermark, eventTime }) => ({
    view,
    partition,
    windowStart,
    watermark,
    eventTime,
  }));
  const wanted = expected.late.map(({ view, place, windowStart, watermark, eventTime }) => ({
    view,
    partition: place.partition,
    windowStart,
    watermark,
    eventTime,
  }));
  lines.push(...sortedDifferences('late rows', wanted, late));
  return lines;
}

/**
 * Rows of silver that Postgres refused, each by its place in the topic: those that must be, and nothing else (G3).
 *
 * @param silver the rows below the leases, by the place of the raw record
 */
export function refusedDifferences({ unstorable }: Expected, silver: FirstOf, { database }: Look): readonly string[] {
  const wanted = [...unstorable].map((place) => `${SILVER} ${place.split(':')[0]}:${silver.get(place)}`);
  const found = database.quarantined.filter(({ outcome }) => outcome === 'unstorable');
  const places = found.map(({ table, partition, offset }) => `${table} ${partition}:${offset}`);
  return sortedDifferences('rows that Postgres refused', wanted, places);
}
