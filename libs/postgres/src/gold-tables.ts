import { type Instant, invariant, NEVER } from '@medallion/core';
import type { MaterializedViewPlan, PipelinePlan } from '@medallion/pipeline';
import type { Delta, GoldCommit } from '@medallion/runtime';
import type pg from 'pg';
import { layoutOf } from './gold-layout.ts';
import { mergeStatement } from './merge-statement.ts';
import { qualified, watermarkText } from './sql-text.ts';
import type { Statement } from './transaction.ts';

type GoldTable = { readonly plan: MaterializedViewPlan; readonly merge: (deltas: readonly Delta[]) => Statement };

/** The states of a pipeline's materialized views. */
export class GoldTables {
  readonly #schemaName: string;
  readonly #tables: ReadonlyMap<string, GoldTable>;

  constructor(plan: PipelinePlan) {
    this.#schemaName = plan.schemaName;
    const tables = new Map<string, GoldTable>();
    for (const table of plan.tables)
      if (table.kind === 'materialized_view')
        tables.set(table.name, { plan: table, merge: mergeStatement(plan.schemaName, table) });
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

  /** One upsert for each view that changes, in the order of the plan: the same in every transaction (locks). */
  statements({ deltas, finalThrough }: GoldCommit): readonly Statement[] {
    for (const view of deltas.keys()) invariant(this.#tables.has(view), `${view} is no materialized view`);
    const statements: Statement[] = [];
    for (const [name, { plan, merge }] of this.#tables) {
      const rows = deltas.get(name);
      if (rows === undefined || rows.length === 0) continue;
      checkOpen(plan, rows, finalThrough.get(plan.source) ?? NEVER);
      statements.push(merge(rows));
    }
    return statements;
  }

  /** Forgets the members of windows that are final: their counts never change again. */
  async forgetMembers(pool: pg.Pool, finalThrough: ReadonlyMap<string, Instant>): Promise<void> {
    for (const { plan } of this.#tables.values()) {
      const through = finalThrough.get(plan.source);
      if (through === undefined) continue;
      const closed = (through - plan.window.sizeMs - plan.window.graceMs) as Instant;
      if (!Number.isSafeInteger(closed) || closed < EARLIEST) continue;
      for (const { table } of layoutOf(plan).members)
        await pool.query(`DELETE FROM ${qualified(this.#schemaName, table)} WHERE window_start <= $1`, [
          watermarkText(closed),
        ]);
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
