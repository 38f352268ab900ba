import { contentHash, type Sequence } from '@medallion/operators';
import { type KeyedTablePlan, VALIDITY } from '@medallion/pipeline';
import { type AnyRow, rowBuilder, type Value } from '@medallion/schema';
import type { Violation } from '../ports/index.ts';
import { changelogWriterSchema, untrackedOf } from '../protocol/changelog.ts';

/** How the rows of a keyed table's input become changes and rows of its changelog. */
export class KeyedRows {
  readonly #table: KeyedTablePlan;
  /** Those that a change gives, then the others. */
  readonly #columns: readonly string[];
  readonly #given: number;
  readonly #build: (at: (index: number) => Value) => AnyRow;
  /** Hash of all columns of a row as its change gave them. */
  readonly contentOf: (row: AnyRow) => number;
  /** Hash of its tracked columns. */
  readonly trackedOf: (row: AnyRow) => number;
  /** Names of the columns whose new values make no new version. */
  readonly untracked: readonly string[];

  constructor(table: KeyedTablePlan) {
    this.#table = table;
    const validity: readonly string[] = table.storedAs === 2 ? [VALIDITY.from, VALIDITY.to] : [];
    const given = table.schema.fields.map(({ name }) => name).filter((name) => !validity.includes(name));
    const others = changelogWriterSchema(table).fields.map(({ name }) => name);
    this.#columns = [...given, ...others.filter((name) => !given.includes(name))];
    this.#given = given.length;
    this.#build = rowBuilder(this.#columns);
    this.contentOf = contentHash(given);
    this.trackedOf = contentHash(table.tracked);
    this.untracked = table.storedAs === 1 ? [] : untrackedOf(table).map(({ name }) => name);
  }

  /** The rules that every change must pass, whatever its table declares. */
  violations(row: AnyRow): readonly Violation[] {
    const { keys, sequenceBy } = this.#table;
    const broken: Violation[] = [];
    for (const name of keys)
      if ((row[name] ?? null) === null)
        broken.push({ expectation: 'key is not null', action: 'quarantine', rule: `${name} is not null` });
    if (sequenceBy !== null && (row[sequenceBy] ?? null) === null)
      broken.push({ expectation: 'sequence is not null', action: 'quarantine', rule: `${sequenceBy} is not null` });
    return broken;
  }

  /** JSON array of the keys' values. */
  keyOf(row: AnyRow): string {
    return JSON.stringify(this.#table.keys.map((name) => row[name]));
  }

  sequenceOf(row: AnyRow): Sequence {
    return row[this.#table.sequenceBy as string] as Sequence;
  }

  /** Whether the row deletes its key. What the pipeline's test throws is thrown. */
  deletes(row: AnyRow): boolean {
    return this.#table.deletes?.test(row) === true;
  }

  /** The row as its change gave it, with all columns of the changelog: for type 2 a version that began with it. */
  own(row: AnyRow, sequence: Sequence): AnyRow {
    return this.#build((i) => {
      const name = this.#columns[i] as string;
      if (i < this.#given) return row[name] ?? null;
      return name === VALIDITY.from ? sequence : null;
    });
  }
}
