import { assertNever, type Instant, invariant } from '@medallion/core';
import type { AggregatePlan, MaterializedViewPlan } from '@medallion/pipeline';
import type { Delta, Partial as PartialResult } from '@medallion/runtime';
import type { AnyRow, Value } from '@medallion/schema';
import { checkKeyText, checkValue } from './accepted-values.ts';
import { computedColumns } from './computed-columns.ts';
import { adderOf } from './exact-sum.ts';

/** The stored value of one aggregate. */
type Cell =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'extreme'; readonly value: number | null }
  | { readonly kind: 'average'; readonly sum: number; readonly count: number }
  | { readonly kind: 'members'; readonly members: ReadonlySet<Value> };

type StoredRow = { readonly windowStart: Instant; readonly group: readonly Value[]; readonly cells: readonly Cell[] };

/** Takes a change back. */
export type Undo = () => void;

/** The rows of one materialized view, merged from deltas. */
export class MemoryView {
  readonly plan: MaterializedViewPlan;
  readonly #rows = new Map<string, StoredRow>();

  constructor(plan: MaterializedViewPlan) {
    this.plan = plan;
  }

  /** Throws RowRefusedError, with nothing changed. */
  merge(delta: Delta): Undo {
    this.#check(delta);
    const key = JSON.stringify([delta.windowStart, ...delta.group]);
    const before = this.#rows.get(key);
    const cells = this.plan.aggregates.map((aggregate, i) =>
      mergeCell(aggregate, before?.cells[i], delta.partials[i]!),
    );
    this.#rows.set(key, { windowStart: delta.windowStart, group: delta.group, cells });
    return () => (before === undefined ? this.#rows.delete(key) : this.#rows.set(key, before));
  }

  /** The rows as the SQL view shows them but `updated_at`, by window and group. */
  rows(finalThrough: Instant): readonly AnyRow[] {
    const { plan } = this;
    const measured = [...this.#rows.values()].sort(byKey).map(({ windowStart, group, cells }): AnyRow => {
      const row: AnyRow = { window_start: windowStart, window_end: windowStart + plan.window.sizeMs };
      plan.groupBy.forEach((field, i) => {
        row[field.name] = group[i]!;
      });
      plan.aggregates.forEach((aggregate, i) => {
        row[aggregate.name] = shown(cells[i]!);
      });
      return row;
    });
    const { sizeMs, graceMs } = plan.window;
    return computedColumns(plan, measured).map((row) => ({
      ...Object.fromEntries(plan.schema.fields.map(({ name }) => [name, row[name]!])),
      is_final: (row.window_start as number) + sizeMs + graceMs <= finalThrough,
    }));
  }

  #check(delta: Delta): void {
    const { plan } = this;
    invariant(delta.windowEnd - delta.windowStart === plan.window.sizeMs, `a window of ${plan.name} has another size`);
    plan.groupBy.forEach((field, i) => {
      checkValue(field, delta.group[i]!);
    });
    checkKeyText(delta.group);
    plan.aggregates.forEach(({ input, name, result }, i) => {
      const partial = delta.partials[i]!;
      if (partial.kind === 'count_distinct')
        for (const member of partial.members) {
          checkValue({ name, type: input ?? result.type, nullable: false }, member);
          checkKeyText([...delta.group, member]);
        }
    });
  }
}

function mergeCell(
  { name, kind, input, result }: AggregatePlan,
  stored: Cell | undefined,
  partial: PartialResult,
): Cell {
  invariant(partial.kind === kind, `the partial result of ${name} is no ${kind}`);
  const cell = merged(stored, partial, adderOf(input));
  if (cell.kind === 'number') checkValue(result, cell.value);
  if (cell.kind === 'extreme') checkValue({ ...result, nullable: true }, cell.value);
  if (cell.kind === 'average') checkValue({ ...result, nullable: false }, cell.sum);
  return cell;
}

function merged(stored: Cell | undefined, partial: PartialResult, add: ReturnType<typeof adderOf>): Cell {
  switch (partial.kind) {
    case 'count':
    case 'sum': {
      const before = stored?.kind === 'number' ? stored.value : 0;
      const value = partial.kind === 'count' ? before + partial.count : add(before, partial.sum);
      return { kind: 'number', value };
    }
    case 'min':
    case 'max': {
      const known = [stored?.kind === 'extreme' ? stored.value : null, partial.value].filter((v) => v !== null);
      const extreme = partial.kind === 'min' ? Math.min(...known) : Math.max(...known);
      return { kind: 'extreme', value: known.length === 0 ? null : extreme };
    }
    case 'avg': {
      const { sum, count } = stored?.kind === 'average' ? stored : { sum: 0, count: 0 };
      return { kind: 'average', sum: add(sum, partial.sum), count: count + partial.count };
    }
    case 'count_distinct': {
      const members = stored?.kind === 'members' ? stored.members : new Set<Value>();
      return { kind: 'members', members: members.union(partial.members) };
    }
    default:
      return assertNever(partial, 'partial result');
  }
}

function shown(cell: Cell): Value {
  switch (cell.kind) {
    case 'number':
    case 'extreme':
      return cell.value;
    case 'average':
      return cell.count === 0 ? null : cell.sum / cell.count;
    case 'members':
      return cell.members.size;
    default:
      return assertNever(cell, 'cell');
  }
}

function byKey(a: StoredRow, b: StoredRow): number {
  if (a.windowStart !== b.windowStart) return a.windowStart - b.windowStart;
  const [left, right] = [JSON.stringify(a.group), JSON.stringify(b.group)];
  return left < right ? -1 : left > right ? 1 : 0;
}
