import { type Instant, MedallionError } from '@medallion/core';
import type { MaterializedViewPlan, PipelinePlan } from '@medallion/pipeline';
import type { LateRow, ResetStore, ViewRebuild } from '@medallion/runtime';
import type { AnyRow } from '@medallion/schema';
import type { MemoryDatabase } from './memory-database.ts';
import { MemoryView } from './memory-view.ts';

const NEVER_FINAL = Number.NEGATIVE_INFINITY as Instant;

/**
 * A windowed view that is built beside the one in a database in memory.
 *
 * @example const rebuild = memoryViewRebuild(database, plan, view)
 */
export function memoryViewRebuild(
  database: MemoryDatabase,
  plan: PipelinePlan,
  view: MaterializedViewPlan,
  /** Awaited before each call takes effect, so that others can come between. */
  pause: () => Promise<void> = async () => {},
): ViewRebuild {
  const source = plan.tables.find(({ name }) => name === view.source);
  const topic = source?.kind === 'streaming_table' ? source.topic : view.source;
  const stored = database.viewOf(view.name);
  const mode = stored !== null && stored.plan.hash === view.hash ? 'repaired' : 'built';
  const copy = new MemoryView(view);
  const late: LateRow[] = [];
  const leases = () =>
    new Map(
      database.leases
        .filter((lease) => lease.topic === topic)
        .map(({ partition, next }): [number, number] => [partition, next]),
    );
  return {
    mode,
    leases: async () => leases(),
    async recorded(partition, from, to) {
      await pause();
      const among = <R extends { readonly topic: string; readonly partition: number; readonly offset: number }>(
        rows: readonly R[],
      ) =>
        rows.filter(
          (row) => row.topic === topic && row.partition === partition && row.offset >= from && row.offset < to,
        );
      const unstorable = new Set(
        among(database.quarantined.filter(({ outcome }) => outcome === 'unstorable')).map(({ offset }) => offset),
      );
      const found = Map.groupBy(among(database.late.filter((row) => row.view === view.name)), ({ offset }) => offset);
      return {
        isUnstorable: (_, offset) => unstorable.has(offset),
        lateFor: (_, offset) =>
          mode === 'built'
            ? undefined
            : new Map((found.get(offset) ?? []).map(({ windowStart, watermark }) => [windowStart, watermark])),
      };
    },
    sessions: async (ranges) => ranges.flatMap((range) => copy.sessions(range)),
    async merge(round) {
      await pause();
      for (const delta of round.deltas) copy.merge(delta, NEVER_FINAL);
      late.push(...round.late);
    },
    swap: async (_, finish) => {
      await pause();
      return database.holding(async () => {
        const counts = await finish(leases());
        const shown = (of: MemoryView | null): Set<string> =>
          new Set((of?.rows(NEVER_FINAL) ?? []).map((row: AnyRow) => JSON.stringify(row)));
        const [before, after] = [shown(database.viewOf(view.name)), shown(copy)];
        database.replaceView(copy, late, counts);
        return { written: after.difference(before).size, removed: Math.max(0, before.size - after.size) };
      });
    },
    async close() {},
  };
}

/** What a database in memory has of tables that are rebuilt; `crash` is asked before anything is done. */
export function memoryResetStore(database: MemoryDatabase, crash: () => void = () => {}): ResetStore {
  return {
    exclusively: (work) => {
      const { refreshing } = database;
      if (refreshing.busy) throw new MedallionError('MED_REFRESH_BUSY', { pipeline: 'memory' });
      refreshing.busy = true;
      return work().finally(() => {
        refreshing.busy = false;
      });
    },
    async reset(scope) {
      crash();
      database.reset(scope);
    },
  };
}
