import { invariant, MedallionError } from '@medallion/core';
import {
  CHANGE,
  type ChangeFeedPlan,
  type KeyedTablePlan,
  type PipelinePlan,
  type RelationalViewPlan,
} from '@medallion/pipeline';
import type { KeyedChange } from '@medallion/runtime';
import type { AnyRow, Value } from '@medallion/schema';
import { checkKeyText, checkValue } from './accepted-values.ts';
import { copyInto } from './memory-records.ts';
import type { Undo } from './memory-view.ts';
import { type ReadTable, viewRows } from './memory-view-rows.ts';

type Rows = ReadonlyMap<string, AnyRow>;

/** Keyed tables, the relational views over them, and change feeds: every view is computed anew from all rows. */
export class MemoryRelations {
  #plan: PipelinePlan | null = null;
  readonly #tables = new Map<string, Rows>();
  readonly #numbers = new Map<string, Map<string, number>>();
  readonly #feeds = new Map<string, readonly AnyRow[]>();
  readonly #versions = new Map<string, number>();

  /** Others with the same rows. */
  clone(): MemoryRelations {
    const copy = new MemoryRelations();
    copy.#plan = this.#plan;
    copyInto(copy.#tables, this.#tables);
    for (const [view, numbers] of this.#numbers) copy.#numbers.set(view, new Map(numbers));
    copyInto(copy.#feeds, this.#feeds);
    copyInto(copy.#versions, this.#versions);
    return copy;
  }

  /** @throws MED_TABLE_CHANGED when a keyed table has other keys or another version. */
  migrate(plan: PipelinePlan): void {
    for (const table of plan.tables) {
      const stored = this.#plan?.tables.find((each) => each.name === table.name);
      if (
        table.kind === 'keyed_table' &&
        stored?.kind === 'keyed_table' &&
        stored.version !== RESET &&
        identity(stored) !== identity(table)
      )
        throw new MedallionError('MED_TABLE_CHANGED', {
          table: table.name,
          stored: stored.version,
          declared: table.version,
          command: 'new MemoryDatabase()',
        });
    }
    this.#plan = plan;
    for (const table of plan.tables)
      if (table.kind === 'keyed_table' && !this.#tables.has(table.name)) this.#tables.set(table.name, new Map());
    const before = this.#fed();
    this.#compute();
    for (const feed of this.#feedPlans) {
      if (this.#feeds.has(feed.name)) continue;
      this.#feeds.set(feed.name, []);
      const rows = this.#tables.get(feed.source)!;
      if (rows.size > 0) this.#versions.set(feed.source, this.#versions.get(feed.source) ?? 0);
      const version = this.#versions.get(feed.source) ?? 0;
      this.#feeds.set(
        feed.name,
        [...rows.values()].map((row) => change(row, 'insert', version, 0)),
      );
      before.set(feed.source, rows);
    }
    this.#feed(before, 0);
  }

  /** Takes the rows of keyed tables away; views and feeds follow. */
  reset(tables: readonly string[]): void {
    const before = this.#fed();
    for (const name of tables) {
      const stored = this.#plan?.tables.find((table) => table.name === name);
      if (stored?.kind === 'keyed_table') this.#tables.set(name, new Map());
    }
    this.#compute();
    this.#feed(before, 0);
    // What is declared next may be another table of that name.
    if (this.#plan !== null)
      this.#plan = {
        ...this.#plan,
        tables: this.#plan.tables.map((table) => (tables.includes(table.name) ? { ...table, version: RESET } : table)),
      };
  }

  /** Applies the changes of a commit. Throws RowRefusedError, with nothing changed. */
  apply(changes: ReadonlyMap<string, readonly KeyedChange[]>, now: number): Undo {
    const saved = [this.#tables, this.#feeds, this.#versions].map((map) => new Map(map as Map<string, unknown>));
    const numbers = [...this.#numbers].map(([view, of]) => [view, new Map(of)] as const);
    const undo = (): void => {
      [this.#tables, this.#feeds, this.#versions].forEach((map, i) => {
        map.clear();
        for (const [name, value] of saved[i]!) (map as Map<string, unknown>).set(name, value);
      });
      this.#numbers.clear();
      for (const [view, of] of numbers) this.#numbers.set(view, of);
    };
    const before = this.#fed();
    try {
      for (const [table, rows] of changes) this.#change(table, rows);
      if (changes.size > 0) this.#compute();
    } catch (error) {
      undo();
      throw error;
    }
    this.#feed(before, now);
    return undo;
  }

  /** The rows of a keyed table, a relational view or a change feed. */
  rows(name: string): readonly AnyRow[] | undefined {
    const rows = this.#feeds.get(name) ?? this.#tables.get(name)?.values();
    return rows === undefined ? undefined : [...rows];
  }

  get #feedPlans(): readonly ChangeFeedPlan[] {
    return this.#plan?.tables.filter((table) => table.kind === 'change_feed') ?? [];
  }

  #fed(): Map<string, Rows> {
    return new Map(this.#feedPlans.map(({ source }) => [source, this.#tables.get(source) ?? new Map()]));
  }

  #change(table: string, changes: readonly KeyedChange[]): void {
    const plan = this.#plan?.tables.find((each) => each.name === table);
    invariant(plan?.kind === 'keyed_table', `${table} is no keyed table`);
    const rows = new Map(this.#tables.get(table));
    const columns = plan.schema.fields;
    for (const { key, row } of changes) {
      checkKeyText(key);
      if (row !== null) for (const field of columns) checkValue({ ...field, nullable: true }, row[field.name] ?? null);
      if (row === null) rows.delete(JSON.stringify(key));
      else rows.set(JSON.stringify(key), shown(columns, row));
    }
    this.#tables.set(table, rows);
  }

  /** All views, in the plan's order. */
  #compute(): void {
    for (const view of this.#plan?.tables ?? []) {
      if (view.kind !== 'relational_view') continue;
      const rows = viewRows(view, (name) => this.#read(name));
      const keyed = rows.map((row) => [JSON.stringify(view.key.map((name) => row[name])), row] as const);
      const numbered = view.surrogateKey === null ? keyed : this.#number(view, view.surrogateKey, keyed);
      this.#tables.set(view.name, new Map(numbered.map(([key, row]) => [key, shown(view.schema.fields, row)])));
    }
  }

  #read(name: string): ReadTable {
    const plan = this.#plan?.tables.find((table) => table.name === name);
    invariant(plan?.kind === 'keyed_table' || plan?.kind === 'relational_view', `${name} has no rows by key`);
    return { plan, rows: [...this.#tables.get(name)!.values()] };
  }

  #number(view: RelationalViewPlan, column: string, rows: readonly (readonly [string, AnyRow])[]): [string, AnyRow][] {
    const numbers = this.#numbers.get(view.name) ?? new Map<string, number>();
    this.#numbers.set(view.name, numbers);
    for (const [key] of rows.toSorted(([, a], [, b]) => byKey(view, a, b)))
      if (!numbers.has(key)) numbers.set(key, numbers.size + 1);
    const unknown: AnyRow = { ...Object.fromEntries(view.schema.fields.map(({ name }) => [name, null])), [column]: 0 };
    return [
      ['unknown', unknown],
      ...rows.map(([key, row]): [string, AnyRow] => [key, { ...row, [column]: numbers.get(key)! }]),
    ];
  }

  #feed(before: ReadonlyMap<string, Rows>, now: number): void {
    for (const [source, old] of before) {
      const changes = changesBetween(old, this.#tables.get(source)!);
      if (changes.length === 0) continue;
      const version = (this.#versions.get(source) ?? -1) + 1;
      this.#versions.set(source, version);
      const entries = changes.map(([type, row]) => change(row, type, version, now));
      for (const feed of this.#feedPlans.filter((each) => each.source === source))
        this.#feeds.set(feed.name, [...this.#feeds.get(feed.name)!, ...entries]);
    }
  }
}

/** The version of a table that begins anew: whatever is declared next, it becomes. */
const RESET = -1;

const identity = ({ keys, storedAs, version }: KeyedTablePlan): string => JSON.stringify([keys, storedAs, version]);

const shown = (fields: RelationalViewPlan['schema']['fields'], row: AnyRow): AnyRow =>
  Object.fromEntries(fields.map(({ name }) => [name, row[name] ?? null]));

const change = (row: AnyRow, type: string, version: number, at: number): AnyRow => ({
  ...row,
  [CHANGE.type]: type,
  [CHANGE.version]: version,
  [CHANGE.at]: at,
});

function changesBetween(before: Rows, after: Rows): readonly (readonly [type: string, row: AnyRow])[] {
  const same = (a: AnyRow, b: AnyRow): boolean => JSON.stringify(a) === JSON.stringify(b);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key): (readonly [string, AnyRow])[] => {
    const [old, now] = [before.get(key), after.get(key)];
    if (old === undefined) return [['insert', now!]];
    if (now === undefined) return [['delete', old]];
    return same(old, now)
      ? []
      : [
          ['update_preimage', old],
          ['update_postimage', now],
        ];
  });
}

/** The order in which keys that come together get their integers; null last, as in Postgres. */
function byKey(view: RelationalViewPlan, a: AnyRow, b: AnyRow): number {
  for (const name of view.key) {
    const [left, right] = [a[name] as Value, b[name] as Value];
    if (left === right) continue;
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right ? -1 : 1;
  }
  return 0;
}
