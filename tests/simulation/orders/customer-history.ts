import type { KeyedTablePlan } from '@medallion/pipeline';
import { CHANGELOG_HEADER } from '@medallion/runtime';
import type { Look } from '@medallion/testkit';
import type { Fields } from '../../oracle/stream.ts';
import { writtenRow } from './written-row.ts';

/** A record of the changelog that counts: a change of a customer, or a ledger. */
export type CustomerRecord = { readonly offset: number } & (
  | { readonly settled: number }
  /** `from`: the place of the row that it came with, among the rows of all snapshots. A null row is a customer who is gone. */
  | { readonly id: number; readonly row: Fields | null; readonly from: number }
);

/**
 * The customers as they were at any offset of their changelog, by the records that stand where their writer expected them (K1).
 * It has one partition, as snapshots have one order.
 */
export class CustomerHistory {
  readonly records: readonly CustomerRecord[];
  readonly end: number;
  /** Of each customer, from which offset on he is what. */
  readonly #versions = new Map<number, { readonly from: number; readonly row: Fields | null }[]>();

  constructor({ cluster }: Look, table: KeyedTablePlan) {
    const log = cluster.topic(table.changelogTopic)?.[0];
    this.end = log?.high ?? 0;
    this.records = (log?.archive ?? []).flatMap(({ offset, key, value, headers }): readonly CustomerRecord[] => {
      if (String(headers.src) !== `${table.flow.name}:0:${offset}:0`) return [];
      if (headers[CHANGELOG_HEADER.ledger] !== undefined) return [{ offset, settled: JSON.parse(String(value)).n }];
      const [id] = JSON.parse(String(key)) as [number];
      const from = Number(String(headers[CHANGELOG_HEADER.from] ?? '').split(':')[2]);
      return [{ offset, id, row: value === null ? null : writtenRow(value, table.schema), from }];
    });
    for (const record of this.records) {
      if (!('id' in record)) continue;
      const versions = this.#versions.get(record.id) ?? [];
      versions.push({ from: record.offset + 1, row: record.row });
      this.#versions.set(record.id, versions);
    }
  }

  /** All customers who were there when the changelog ended at this offset. */
  table(end: number): readonly Fields[] {
    return [...this.#versions.values()].flatMap((versions): readonly Fields[] => {
      const row = versions.findLast(({ from }) => from <= end)?.row ?? null;
      return row === null ? [] : [row];
    });
  }

  /** The first offset from this one on, at which the customer was as is asked for; null when he never was. */
  whenWas(id: number | null, isSo: (row: Fields | null) => boolean, first: number): number | null {
    // Null matches nothing (J2).
    const versions = id === null ? [] : (this.#versions.get(id) ?? []);
    const start = versions.findLastIndex(({ from }) => from <= first);
    if (isSo(versions[start]?.row ?? null)) return first;
    return versions.slice(start + 1).find(({ row }) => isSo(row))?.from ?? null;
  }
}
