import type { Instant, MedallionError } from '@medallion/core';
import { type KeyedTablePlan, VALIDITY } from '@medallion/pipeline';
import type { AnyRow, RowSchema, Value } from '@medallion/schema';
import type { LogRecord, RowDecoder } from '../ports/index.ts';
import { CHANGELOG, standsWhereExpected } from '../protocol/changelog.ts';
import type { JoinedTable } from './join-step.ts';

/** A key as maps find it: the value itself where there is one, text where there are several. */
type Key = string | number | boolean;
/** A version of a type 2 table. */
type Version = { readonly start: Instant; readonly row: AnyRow };

/**
 * The rows of a keyed table in memory, made of its changelog: of each key the row that counts, or its versions by their
 * start. Only the columns that joins ask for are kept.
 */
export class DimensionTable implements JoinedTable {
  readonly #table: KeyedTablePlan;
  readonly #rows = new Map<Key, AnyRow>();
  readonly #versions = new Map<Key, Version[]>();
  #refusal: MedallionError | null = null;

  constructor(table: KeyedTablePlan) {
    this.#table = table;
  }

  /** Takes records of a partition of the changelog over, in their order. `prepare` of the decoder must have seen them. */
  take(partition: number, records: readonly LogRecord[], decoder: RowDecoder): void {
    const { changelogTopic, flow, storedAs } = this.#table;
    for (const record of records) {
      if (record.key === null || !standsWhereExpected(record, flow.name, { topic: changelogTopic, partition }))
        continue;
      const key = JSON.parse(record.key.toString('utf8')) as Value[];
      const decoded = record.value === null ? null : decoder.decode(record.value);
      const row = decoded !== null && 'row' in decoded ? decoded.row : null;
      if (storedAs === 1) this.#put(keyOf(key), row);
      else this.#putVersion(keyOf(key.slice(0, -1)), key.at(-1) as Instant, row);
    }
  }

  /** From now on nobody finds a row in it, but this error: its rows are no longer those of the table. */
  refuse(why: MedallionError): void {
    this.#refusal = why;
  }

  latest(key: readonly Value[]): AnyRow | null {
    if (this.#refusal !== null) throw this.#refusal;
    if (this.#table.storedAs === 1) return this.#rows.get(keyOf(key)) ?? null;
    const last = this.#versions.get(keyOf(key))?.at(-1);
    return last === undefined || last.row[VALIDITY.to] !== null ? null : last.row;
  }

  asOf(key: readonly Value[], at: Instant): AnyRow | null {
    if (this.#refusal !== null) throw this.#refusal;
    const versions = this.#versions.get(keyOf(key)) ?? [];
    for (let i = versions.length - 1; i >= 0; i--) {
      const { start, row } = versions[i]!;
      if (start > at) continue;
      const end = row[VALIDITY.to] as Instant | null;
      return end === null || at < end ? row : null;
    }
    return null;
  }

  /** Rows, or versions, in memory. */
  get size(): number {
    let versions = 0;
    for (const each of this.#versions.values()) versions += each.length;
    return this.#rows.size + versions;
  }

  #put(key: Key, row: AnyRow | null): void {
    if (row === null) this.#rows.delete(key);
    else this.#rows.set(key, row);
  }

  #putVersion(key: Key, start: Instant, row: AnyRow | null): void {
    const versions = this.#versions.get(key) ?? [];
    let at = versions.length;
    while (at > 0 && versions[at - 1]!.start >= start) at--;
    const known = versions[at]?.start === start ? 1 : 0;
    if (row === null || row[CHANGELOG.absorbed] === true) versions.splice(at, known);
    else versions.splice(at, known, { start, row });
    if (versions.length === 0) this.#versions.delete(key);
    else this.#versions.set(key, versions);
  }
}

const keyOf = (key: readonly Value[]): Key => (key.length === 1 ? (key[0] as Key) : JSON.stringify(key));

/** The columns of a changelog that joins need: rows are decoded to no others. */
export function joinedSchema({ schema, storedAs }: KeyedTablePlan, columns: ReadonlySet<string>): RowSchema {
  const wanted = schema.fields.filter(({ name }) => columns.has(name) || (storedAs === 2 && name === VALIDITY.to));
  const absorbed = { name: CHANGELOG.absorbed, type: { kind: 'boolean' }, nullable: true } as const;
  return { name: schema.name, fields: storedAs === 2 ? [...wanted, absorbed] : wanted };
}
