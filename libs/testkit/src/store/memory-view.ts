import { assertNever, type Instant, invariant, NEVER } from '@medallion/core';
import { isClosed } from '@medallion/operators';
import type { AggregatePlan, MaterializedViewPlan } from '@medallion/pipeline';
import type { Delta, Partial as PartialResult, SessionRange, StoredSession } from '@medallion/runtime';
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

type StoredRow = {
  readonly windowStart: Instant;
  readonly windowEnd: Instant;
  readonly group: readonly Value[];
  readonly cells: readonly Cell[];
};

/** Takes a change back. */
export type Undo = () => void;

/** The rows of one materialized view, merged from deltas. */
export class MemoryView {
  readonly plan: MaterializedViewPlan;
  readonly #rows = new Map<string, StoredRow>();

  constructor(plan: MaterializedViewPlan) {
    this.plan = plan;
  }

  /** Another view with the same rows. */
  clone(): MemoryView {
    const copy = new MemoryView(this.plan);
    for (const [key, row] of this.#rows) copy.#rows.set(key, row);
    return copy;
  }

  /** Throws RowRefusedError, with nothing changed; and when a row that is final would change. */
  merge(delta: Delta, finalThrough: Instant = NEVER): Undo {
    this.#check(delta);
    const { plan } = this;
    // Of sessions, all that it touches become one.
    const isFinal = (row: StoredRow): boolean => isClosed(row.windowEnd, plan.window.graceMs, finalThrough);
    const absorbed =
      plan.window.kind === 'session'
        ? this.#touching(delta).filter(([, row]) => !(isFinal(row) && row.windowEnd === delta.windowStart))
        : this.#at(delta);
    const windowStart = Math.min(delta.windowStart, ...absorbed.map(([, row]) => row.windowStart)) as Instant;
    const windowEnd = Math.max(delta.windowEnd, ...absorbed.map(([, row]) => row.windowEnd)) as Instant;
    const own = plan.aggregates.map((aggregate, i) => mergeCell(aggregate, undefined, delta.partials[i]!));
    const cells = absorbed.reduce<readonly Cell[]>(
      (sums, [, row]) =>
        plan.aggregates.map((aggregate, i) => mergeCell(aggregate, row.cells[i], partialOf(aggregate, sums[i]!))),
      own,
    );
    const row = { windowStart, windowEnd, group: delta.group, cells };
    invariant(
      !isFinal(row) && !absorbed.some(([, each]) => isFinal(each)),
      `a delta for ${plan.name} is of a window that is final`,
    );
    for (const [key] of absorbed) this.#rows.delete(key);
    const key = keyOf(row);
    this.#rows.set(key, row);
    return () => {
      this.#rows.delete(key);
      for (const [before, each] of absorbed) this.#rows.set(before, each);
    };
  }

  /** The sessions in a range. */
  sessions({ group, from, to }: SessionRange): readonly StoredSession[] {
    const touching = this.#touching({ windowStart: from, windowEnd: to, group });
    return touching.map(([, { windowStart, windowEnd }]) => ({ group, start: windowStart, end: windowEnd }));
  }

  #at(delta: Delta): readonly (readonly [string, StoredRow])[] {
    const row = this.#rows.get(keyOf(delta));
    return row === undefined ? [] : [[keyOf(delta), row]];
  }

  #touching(range: Pick<Delta, 'windowStart' | 'windowEnd' | 'group'>): readonly (readonly [string, StoredRow])[] {
    const group = JSON.stringify(range.group);
    return [...this.#rows].filter(
      ([, row]) =>
        row.windowStart <= range.windowEnd && row.windowEnd >= range.windowStart && JSON.stringify(row.group) === group,
    );
  }

  /** The rows as the SQL view shows them but `updated_at`, by window and group. */
  rows(
    finalThrough: Instant,
    closings: readonly { readonly after: Instant; readonly through: Instant }[] = [],
  ): readonly AnyRow[] {
    const { plan } = this;
    const measured = [...this.#rows.values()].sort(byKey).map(({ windowStart, windowEnd, group, cells }): AnyRow => {
      const row: AnyRow = { window_start: windowStart, window_end: windowEnd };
      plan.groupBy.forEach((field, i) => {
        row[field.name] = group[i]!;
      });
      plan.aggregates.forEach((aggregate, i) => {
        row[aggregate.name] = shown(cells[i]!);
      });
      return row;
    });
    const { graceMs } = plan.window;
    const closedByClock = (row: AnyRow): boolean => {
      const end = (row.window_end as number) + graceMs;
      return closings.some(({ after, through }) => after < end && end <= through);
    };
    return computedColumns(plan, measured).map((row) => ({
      ...Object.fromEntries(plan.schema.fields.map(({ name }) => [name, row[name]!])),
      is_final: (row.window_end as number) + graceMs <= finalThrough,
      ...(plan.eventTime.closeWhenSilentMs === undefined ? {} : { closed_by_clock: closedByClock(row) }),
    }));
  }

  #check(delta: Delta): void {
    const { plan } = this;
    const { window } = plan;
    const size = delta.windowEnd - delta.windowStart;
    invariant(
      window.kind === 'session' ? size >= window.gapMs : size === window.sizeMs,
      `a window of ${plan.name} has another size`,
    );
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

const keyOf = ({ windowStart, group }: Pick<Delta, 'windowStart' | 'group'>): string =>
  JSON.stringify([windowStart, ...group]);

/** What was stored, as if it came in a delta. */
function partialOf({ kind }: AggregatePlan, cell: Cell): PartialResult {
  switch (cell.kind) {
    case 'number':
      return kind === 'count' ? { kind, count: cell.value } : { kind: 'sum', sum: cell.value };
    case 'extreme':
      return { kind: kind === 'min' ? 'min' : 'max', value: cell.value };
    case 'average':
      return { kind: 'avg', sum: cell.sum, count: cell.count };
    case 'members':
      return { kind: 'count_distinct', members: cell.members };
    default:
      return assertNever(cell, 'cell');
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
