import { type Instant, invariant, NEVER } from '@medallion/core';
import type { MaterializedViewPlan, PipelinePlan } from '@medallion/pipeline';
import type { Delta, GoldCommit, SessionRange, StoredSession } from '@medallion/runtime';
import type pg from 'pg';
import { GROUP_KEY, layoutOf, WINDOW_END } from './gold-layout.ts';
import { mergeStatement } from './merge-statement.ts';
import { sessionMerge } from './session-merge.ts';
import { readSessions } from './session-reader.ts';
import { qualified, watermarkText } from './sql-text.ts';
import type { Statement } from './transaction.ts';

type GoldTable = {
  readonly plan: MaterializedViewPlan;
  readonly merge: (deltas: readonly Delta[], finalThrough: Instant) => readonly Statement[];
};

function goldTable(schemaName: string, plan: MaterializedViewPlan): GoldTable {
  if (plan.window.kind === 'session') return { plan, merge: sessionMerge(schemaName, plan) };
  const statement = mergeStatement(schemaName, plan);
  return {
    plan,
    merge: (deltas, finalThrough) => {
      checkOpen(plan, deltas, finalThrough);
      return [statement(deltas)];
    },
  };
}

/** The states of a pipeline's materialized views. */
export class GoldTables {
  readonly #schemaName: string;
  readonly #tables: ReadonlyMap<string, GoldTable>;

  constructor(plan: PipelinePlan) {
    this.#schemaName = plan.schemaName;
    const tables = new Map<string, GoldTable>();
    for (const table of plan.tables)
      if (table.kind === 'materialized_view') tables.set(table.name, goldTable(plan.schemaName, table));
    this.#tables = tables;
  }

  /** What the commit took for final, of every source that it writes to: nothing, where it does not say. */
  assumedFinal({ deltas, finalThrough }: GoldCommit): ReadonlyMap<string, Instant> {
    const assumed = new Map(finalThrough);
    for (const [view, rows] of deltas) {
      const source = this.#tables.get(view)?.plan.source;
      if (source !== undefined && rows.length > 0 && !assumed.has(source)) assumed.set(source, NEVER);
    }
    return assumed;
  }

  /** The merge into each view that changes, in the order of the plan: the same in every transaction (locks). */
  statements({ deltas, finalThrough }: Pick<GoldCommit, 'deltas' | 'finalThrough'>): readonly Statement[] {
    for (const view of deltas.keys()) invariant(this.#tables.has(view), `${view} is no materialized view`);
    const statements: Statement[] = [];
    for (const [name, { plan, merge }] of this.#tables) {
      const rows = deltas.get(name);
      if (rows === undefined || rows.length === 0) continue;
      statements.push(...merge(rows, finalThrough.get(plan.source) ?? NEVER));
    }
    return statements;
  }

  /** The stored sessions in each range, by view. */
  async sessions(
    pool: pg.Pool | pg.ClientBase,
    ranges: ReadonlyMap<string, readonly SessionRange[]>,
  ): Promise<ReadonlyMap<string, readonly StoredSession[]>> {
    const found = new Map<string, readonly StoredSession[]>();
    for (const [view, all] of ranges) {
      const table = this.#tables.get(view);
      invariant(table?.plan.window.kind === 'session', `${view} is no view of sessions`);
      found.set(view, await readSessions(pool, this.#schemaName, table.plan, all));
    }
    return found;
  }

  /** Forgets the members of windows that are final: their counts never change again. */
  async forgetMembers(pool: pg.Pool | pg.ClientBase, finalThrough: ReadonlyMap<string, Instant>): Promise<void> {
    for (const { plan } of this.#tables.values()) {
      const through = finalThrough.get(plan.source);
      if (through === undefined) continue;
      const { window } = plan;
      const closed = (through - window.graceMs - (window.kind === 'session' ? 0 : window.sizeMs)) as Instant;
      if (!Number.isSafeInteger(closed) || closed < EARLIEST) continue;
      const { stateTable, members } = layoutOf(plan);
      const state = qualified(this.#schemaName, stateTable);
      for (const { table } of members) {
        const name = qualified(this.#schemaName, table);
        const of = `m.${GROUP_KEY} = s.${GROUP_KEY} AND m.window_start = s.window_start AND s.${WINDOW_END} <= $1`;
        const text =
          window.kind === 'session'
            ? `DELETE FROM ${name} AS m WHERE EXISTS (SELECT FROM ${state} AS s WHERE ${of})`
            : `DELETE FROM ${name} WHERE window_start <= $1`;
        await pool.query(text, [watermarkText(closed)]);
      }
    }
  }
}

/** Before this there are no dates in Postgres (4713 BC). */
const EARLIEST = -210_866_803_200_000;

/** I3 final rows never change: the store does not rely on its caller for that. */
function checkOpen(view: MaterializedViewPlan, deltas: readonly Delta[], through: Instant): void {
  for (const { windowEnd } of deltas)
    invariant(windowEnd + view.window.graceMs > through, `a delta for ${view.name} is of a window that is final`);
}
