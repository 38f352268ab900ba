import { type Instant, invariant, MedallionError, NEVER, Turns } from '@medallion/core';
import type { MaterializedViewPlan, PipelinePlan, QueryablePlan, TablePlan } from '@medallion/pipeline';
import type {
  CountDelta,
  GoldCommit,
  LateRow,
  Lease,
  LeaseStep,
  QuarantinedRow,
  ResetScope,
  SessionRange,
  StoredSession,
  TopicPartition,
} from '@medallion/runtime';
import type { AnyRow, Field } from '@medallion/schema';
import { checkValue } from './accepted-values.ts';
import { copyInto, counting, forget, keyOf, lateKey, placeOf, put } from './memory-records.ts';
import { MemoryRelations } from './memory-relations.ts';
import { MemoryView, type Undo } from './memory-view.ts';

/** What a commit found out before it wrote anything, or that it wrote everything. */
export type Applied = 'committed' | 'final_moved' | readonly TopicPartition[];

const DAY_MS = 86_400_000;

/** The tables of one pipeline, which all memory stores on it share. Its methods are atomic: they do not wait. */
export class MemoryDatabase {
  readonly #leases = new Map<string, Lease & { readonly owner: string }>();
  /** By source, the stretches of time whose windows were closed by the clock. */
  readonly #closings = new Map<string, { readonly after: Instant; through: Instant }[]>();
  readonly #final = new Map<string, Instant>();
  readonly #views = new Map<string, MemoryView>();
  readonly #copies = new Map<string, AnyRow[]>();
  readonly #quarantined = new Map<string, QuarantinedRow>();
  readonly #late = new Map<string, LateRow>();
  readonly #counts = new Map<string, CountDelta>();
  readonly #plans = new Map<string, TablePlan>();
  #relations = new MemoryRelations();
  readonly #now: () => number;

  /** @param now the time at which changes are committed, epoch milliseconds */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Another database that holds the same, as a replica does; what happens to either does not change the other. */
  clone(): MemoryDatabase {
    const copy = new MemoryDatabase(this.#now);
    copyInto(copy.#leases, this.#leases);
    for (const [source, closings] of this.#closings)
      copy.#closings.set(
        source,
        closings.map((each) => ({ ...each })),
      );
    copyInto(copy.#final, this.#final);
    for (const [name, view] of this.#views) copy.#views.set(name, view.clone());
    copyInto(copy.#copies, this.#copies);
    copyInto(copy.#quarantined, this.#quarantined);
    copyInto(copy.#late, this.#late);
    copyInto(copy.#counts, this.#counts);
    copyInto(copy.#plans, this.#plans);
    copyInto(copy.added, this.added);
    copy.refreshing.busy = this.refreshing.busy;
    copy.#relations = this.#relations.clone();
    return copy;
  }

  migrate(plan: PipelinePlan): void {
    for (const table of plan.tables) if (table.kind === 'materialized_view') this.#checkView(plan, table);
    this.#relations.migrate(plan);
    for (const table of plan.tables) {
      const stored = this.#plans.get(table.name);
      this.#plans.set(table.name, table);
      if (table.kind === 'materialized_view') {
        if (stored === undefined) this.#views.set(table.name, new MemoryView(table));
      } else if (table.kind === 'streaming_table' && table.queryable !== null && stored === undefined)
        this.#copies.set(table.name, []);
    }
    for (const name of this.#plans.keys()) if (!plan.tables.some((table) => table.name === name)) this.#forget(name);
  }

  #checkView(plan: PipelinePlan, view: MaterializedViewPlan): void {
    const stored = this.#plans.get(view.name);
    const command = 'new MemoryDatabase()';
    if (stored !== undefined && stored.hash !== view.hash)
      throw new MedallionError('MED_TABLE_CHANGED', {
        table: view.name,
        stored: stored.version,
        declared: view.version,
        command,
      });
    const source = plan.tables.find((table) => table.name === view.source);
    const topic = source?.kind === 'streaming_table' ? source.topic : view.source;
    const offset = Math.max(0, ...this.leases.filter((lease) => lease.topic === topic).map((lease) => lease.next));
    if (stored === undefined && offset > 0)
      throw new MedallionError('MED_TABLE_BEHIND', { table: view.name, topic, offset, command });
  }

  #forget(name: string): void {
    this.#plans.delete(name);
    this.#views.delete(name);
  }

  /** Columns that streaming tables gained from their files, by table. */
  readonly added = new Map<string, readonly Field[]>();

  addColumns(table: string, columns: readonly Field[]): void {
    const before = this.added.get(table) ?? [];
    this.added.set(table, [...before, ...columns.filter(({ name }) => !before.some((each) => each.name === name))]);
  }

  /** Whether somebody rebuilds tables from their input's start. */
  readonly refreshing = { busy: false };
  readonly #turns = new Turns();

  /** Does something with the leases held: one such work after the other, a commit or a rebuild. */
  holding<T>(work: () => Promise<T> | T): Promise<T> {
    return this.#turns.run(work);
  }

  /** A view as it was stored, by its plan; null when there is none. */
  viewOf(name: string): MemoryView | null {
    return this.#views.get(name) ?? null;
  }

  /** Puts a view that was built elsewhere in the place of the stored one, with its late rows and counts. */
  replaceView(view: MemoryView, late: readonly LateRow[], counts: readonly CountDelta[]): void {
    const { name } = view.plan;
    this.#views.set(name, view);
    this.#plans.set(name, view.plan);
    forget(this.#late, (row) => row.view === name);
    forget(this.#counts, (count) => count.table === name);
    for (const row of late) put(this.#late, lateKey(row), row, []);
    for (const count of counts) this.#count(count, []);
  }

  /** Takes away what was made of the topics. */
  reset({ tables, topics }: ResetScope): void {
    const isGone = (table: string): boolean => tables.includes(table);
    forget(this.#leases, ({ topic }) => topics.includes(topic));
    forget(this.#late, ({ view }) => isGone(view));
    forget(this.#counts, ({ table }) => isGone(table));
    forget(this.#quarantined, ({ table }) => isGone(table));
    for (const name of tables) {
      this.#final.delete(name);
      this.#closings.delete(name);
      this.#views.delete(name);
      this.#copies.delete(name);
      this.#plans.delete(name);
    }
    this.#relations.reset(tables);
  }

  acquire(at: TopicPartition, owner: string): Lease {
    const before = this.#leases.get(keyOf(at));
    const fresh = { next: 0, state: { watermark: NEVER, coordinates: {}, idle: false } };
    const lease = { ...fresh, ...before, ...at, epoch: (before?.epoch ?? 0) + 1, owner };
    this.#leases.set(keyOf(at), lease);
    return { topic: lease.topic, partition: lease.partition, epoch: lease.epoch, next: lease.next, state: lease.state };
  }

  /** Applies all of a commit, or nothing of it. Throws RowRefusedError. */
  apply(commit: GoldCommit): Applied {
    const fenced = commit.leases.filter((step) => !this.#holds(step));
    if (fenced.length > 0) return fenced.map(({ topic, partition }) => ({ topic, partition }));
    if (!this.#finalIs(this.#assumed(commit))) return 'final_moved';
    const undo: Undo[] = [];
    try {
      this.#write(commit, undo);
    } catch (error) {
      for (const step of undo.reverse()) step();
      throw error;
    }
    return 'committed';
  }

  advanceFinal(source: string, topic: string, partitions: number): Instant {
    const leases = [...this.#leases.values()].filter((l) => l.topic === topic && l.partition < partitions);
    const awake = leases.filter((lease) => !lease.state.idle).map((lease) => lease.state.watermark);
    const all = leases.map((lease) => lease.state.watermark);
    const held = leases.length < partitions;
    const target = held ? NEVER : awake.length > 0 ? Math.min(...awake) : Math.max(NEVER, ...all);
    const final = Math.max(target, this.#final.get(source) ?? NEVER) as Instant;
    this.#final.set(source, final);
    return final;
  }

  /** As the SQL function of that name. */
  closeByClock(source: string, topic: string, partitions: number, through: Instant): Instant {
    const reached = this.advanceFinal(source, topic, partitions);
    const leases = [...this.#leases.values()].filter((l) => l.topic === topic && l.partition < partitions);
    const isSilent = leases.length === partitions && leases.every(({ state }) => state.idle);
    if (through <= reached || !isSilent || leases.every(({ state }) => state.watermark === NEVER)) return reached;
    const closings = this.#closings.get(source) ?? [];
    const last = closings.at(-1);
    if (last?.through === reached) last.through = through;
    else this.#closings.set(source, [...closings, { after: reached, through }]);
    this.#final.set(source, through);
    return through;
  }

  sessions(ranges: ReadonlyMap<string, readonly SessionRange[]>): ReadonlyMap<string, readonly StoredSession[]> {
    return new Map(
      [...ranges].map(([view, all]) => [view, all.flatMap((range) => this.#views.get(view)!.sessions(range))]),
    );
  }

  get finalThrough(): ReadonlyMap<string, Instant> {
    return new Map(this.#final);
  }

  /** Drops the copied rows of days past their retention. */
  maintain(now: Instant): void {
    for (const [name, rows] of this.#copies) {
      const { partitionBy, retentionMs } = this.#queryable(name);
      if (partitionBy === null) continue;
      const first = Math.floor(now / DAY_MS) - Math.ceil(retentionMs / DAY_MS);
      const kept = rows.filter((row) => Number(row[partitionBy] ?? first) >= first);
      this.#copies.set(name, kept);
    }
  }

  #queryable(table: string): QueryablePlan {
    const plan = this.#plans.get(table);
    const queryable = plan?.kind === 'streaming_table' ? plan.queryable : null;
    invariant(queryable !== null, `table ${table} has no queryable copy`);
    return queryable;
  }

  /** The rows of a table that is kept here as its readers see them, but `updated_at`. */
  rows(view: string): readonly AnyRow[] {
    const related = this.#relations.rows(view);
    if (related !== undefined) return related;
    const found = this.#views.get(view);
    invariant(found !== undefined, `there is no view ${view}`);
    const { source } = found.plan;
    return found.rows(this.#final.get(source) ?? NEVER, this.#closings.get(source));
  }

  copied(table: string): readonly AnyRow[] {
    return this.#copies.get(table) ?? [];
  }

  get quarantined(): readonly QuarantinedRow[] {
    return [...this.#quarantined.values()];
  }

  get late(): readonly LateRow[] {
    return [...this.#late.values()];
  }

  /** Added up, one for each key. */
  get counts(): readonly CountDelta[] {
    return [...this.#counts.values()];
  }

  get leases(): readonly Lease[] {
    return [...this.#leases.values()].map(({ owner, ...lease }) => lease);
  }

  #holds({ epoch, from, ...at }: LeaseStep): boolean {
    const lease = this.#leases.get(keyOf(at));
    return lease !== undefined && lease.epoch === epoch && lease.next === from;
  }

  #assumed({ deltas, finalThrough }: GoldCommit): ReadonlyMap<string, Instant> {
    const assumed = new Map(finalThrough);
    for (const [view, rows] of deltas) {
      const source = this.#views.get(view)?.plan.source;
      if (source !== undefined && rows.length > 0 && !assumed.has(source)) assumed.set(source, NEVER);
    }
    return assumed;
  }

  #finalIs(assumed: ReadonlyMap<string, Instant>): boolean {
    return [...assumed].every(([source, through]) => (this.#final.get(source) ?? NEVER) === through);
  }

  #write(commit: GoldCommit, undo: Undo[]): void {
    for (const step of commit.leases) this.#step(step, undo);
    for (const [view, deltas] of commit.deltas) {
      const found = this.#views.get(view);
      invariant(found !== undefined, `${view} is no materialized view`);
      const through = this.#final.get(found.plan.source) ?? NEVER;
      for (const delta of deltas) {
        undo.push(found.merge(delta, through));
      }
    }
    for (const { table, rows } of commit.copies) this.#copy(table, rows, undo);
    if (commit.changes.size > 0) undo.push(this.#relations.apply(commit.changes, this.#now()));
    for (const row of commit.quarantined) put(this.#quarantined, placeOf(row), row, undo);
    for (const row of commit.late) put(this.#late, lateKey(row), row, undo);
    for (const count of commit.counts) this.#count(count, undo);
  }

  #step({ epoch, from: _, next, state, ...at }: LeaseStep, undo: Undo[]): void {
    const before = this.#leases.get(keyOf(at))!;
    const watermark = Math.max(before.state.watermark, state.watermark) as Instant;
    this.#leases.set(keyOf(at), { ...at, epoch, next, owner: before.owner, state: { ...state, watermark } });
    undo.push(() => this.#leases.set(keyOf(at), before));
  }

  #copy(table: string, rows: readonly AnyRow[], undo: Undo[]): void {
    this.#queryable(table);
    const { schema } = this.#plans.get(table)!;
    const fields = [...schema.fields, ...(this.added.get(table) ?? [])];
    for (const row of rows)
      for (const field of fields) checkValue({ ...field, nullable: true }, row[field.name] ?? null);
    const before = this.#copies.get(table)!;
    this.#copies.set(table, before.concat(rows));
    undo.push(() => this.#copies.set(table, before));
  }

  #count(count: CountDelta, undo: Undo[]): void {
    const { key, add } = counting(count);
    const before = this.#counts.get(key);
    const { total, ...counted } = count;
    this.#counts.set(key, before === undefined || total ? counted : add(before));
    undo.push(() => (before === undefined ? this.#counts.delete(key) : this.#counts.set(key, before)));
  }
}
