import { type KeyedTablePlan, VALIDITY } from '@medallion/pipeline';
import { CHANGELOG, type RecordLog, type RowCodecs, stands, standsWhereExpected } from '@medallion/runtime';
import type { AnyRow } from '@medallion/schema';
import type { OracleRow } from './keyed-oracle.ts';

/** A keyed table as a reader of its changelog has it, from where it was on. */
export class ChangelogReader {
  readonly #table: KeyedTablePlan;
  readonly #log: RecordLog;
  readonly #codecs: RowCodecs;
  readonly #next = new Map<number, number>();
  readonly #rows = new Map<string, AnyRow>();
  /** Records that did not count. */
  strays = 0;

  constructor(table: KeyedTablePlan, log: RecordLog, codecs: RowCodecs) {
    this.#table = table;
    this.#log = log;
    this.#codecs = codecs;
  }

  async read(): Promise<this> {
    const { changelogTopic: topic, flow, schema } = this.#table;
    const absorbed = { name: CHANGELOG.absorbed, type: { kind: 'boolean' }, nullable: true } as const;
    const decoder = await this.#codecs.decoder(topic, { ...schema, fields: [...schema.fields, absorbed] });
    for (const { partition } of (await this.#log.partitions(topic)) ?? [])
      for await (const records of this.#log.read({ topic, partition }, this.#next.get(partition) ?? 0)) {
        this.#next.set(partition, records.at(-1)!.offset + 1);
        await decoder.prepare(records.map(({ value }) => value));
        for (const record of records) {
          if (!standsWhereExpected(record, flow.name, { topic, partition })) {
            if (!stands(record, flow.name, { topic, partition })) this.strays++;
            continue;
          }
          const decoded = record.value === null ? null : decoder.decode(record.value);
          if (decoded !== null && !('row' in decoded)) throw new Error(decoded.undecodable);
          if (decoded === null || decoded.row[CHANGELOG.absorbed] === true) this.#rows.delete(String(record.key));
          else this.#rows.set(String(record.key), decoded.row);
        }
      }
    return this;
  }

  sorted(): OracleRow[] {
    const rows = [...this.#rows.values()].map((row) => {
      const { id, seq, name, note } = row as OracleRow;
      const base = { id, seq, name, note };
      return this.#table.storedAs === 1
        ? base
        : { ...base, from: row[VALIDITY.from] as number, to: row[VALIDITY.to] as number | null };
    });
    return inOrder(rows);
  }
}

/** Rows by their keys. */
export const inOrder = (rows: readonly OracleRow[]): OracleRow[] =>
  [...rows].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : (a.from ?? 0) - (b.from ?? 0)));
