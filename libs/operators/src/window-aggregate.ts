import { assertNever, type DurationMs, type Instant } from '@medallion/core';

/** A measure as this operator needs it; `V` is the type of a row's values. */
export type Aggregate<V> = {
  readonly kind: 'count' | 'sum' | 'min' | 'max' | 'avg' | 'count_distinct';
  readonly column: string | null;
  readonly where: { readonly test: (row: Record<string, V>) => boolean } | null;
  /** The type of `column`; sums of decimals are exact. */
  readonly input?: { readonly kind: string; readonly scale?: number } | null;
};

/** Windows of one size over groups of rows. */
export type WindowSpec<V> = {
  readonly sizeMs: DurationMs;
  readonly groupBy: readonly string[];
  readonly aggregates: readonly Aggregate<V>[];
};

/** A partial result: count and sum are added, min and max compared, avg adds both, distinct unites the members. */
export type Partial<V> =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'sum'; readonly sum: number }
  | { readonly kind: 'min' | 'max'; readonly value: number | null }
  | { readonly kind: 'avg'; readonly sum: number; readonly count: number }
  | { readonly kind: 'count_distinct'; readonly members: ReadonlySet<V> };

/** The partial results of a batch for one window and group. */
export type Delta<V> = {
  readonly windowStart: Instant;
  readonly windowEnd: Instant;
  readonly group: readonly V[];
  readonly partials: readonly Partial<V>[];
};

/** The group of a row as a key of a Map: equal for equal groups only; a single column is its own key. */
export function groupKey<V>(groupBy: readonly string[], row: Record<string, V>): unknown {
  if (groupBy.length === 0) return null;
  if (groupBy.length === 1) return row[groupBy[0]!];
  let key = '';
  for (let i = 0; i < groupBy.length; i++) {
    const value = row[groupBy[i]!];
    // The length in front keeps ('a','bc') apart from ('ab','c'), the type keeps 1 apart from '1'.
    const text = String(value);
    key += `${typeof value === 'string' ? 's' : 'v'}${text.length}:${text}`;
  }
  return key;
}

/** What an aggregate keeps while it goes over a batch: slots in an array shared by all aggregates of a row. */
type Measure<V> = {
  readonly slots: number;
  readonly init: (state: unknown[], at: number) => void;
  readonly add: (state: unknown[], at: number, row: Record<string, V>) => void;
  readonly partial: (state: readonly unknown[], at: number) => Partial<V>;
};

/** How values of a type are added up. */
type Adder = { readonly add: (sum: number, value: number) => number; readonly sum: (state: number) => number };

const doubles: Adder = { add: (sum, value) => sum + value, sum: (state) => state };

/** Doubles tell decimals of so many digits apart. */
const MOST_UNITS = 1e15;

/**
 * Decimals are added as whole numbers of their last digit, which is exact. A sum of more than 15 digits is NaN, which no
 * store takes: the rows of the batch are then tried apart, each of which is a sum of fewer digits (A4).
 */
function decimals(scale: number): Adder {
  const unit = Number(`1e${scale}`);
  return {
    add(sum, value) {
      const units = sum + Math.round(value * unit);
      return Number.isSafeInteger(units) ? units : Number.NaN;
    },
    sum: (units) => (Math.abs(units) < MOST_UNITS ? units / unit : Number.NaN),
  };
}

const adderOf = (input: Aggregate<unknown>['input']): Adder =>
  input?.kind === 'decimal' ? decimals(input.scale ?? 0) : doubles;

function measureOf<V>(aggregate: Aggregate<V>): Measure<V> {
  const column = aggregate.column as string;
  const number = (row: Record<string, V>): number | null => row[column] as number | null;
  const adder = adderOf(aggregate.input);
  switch (aggregate.kind) {
    case 'count':
      return {
        slots: 1,
        init: (s, i) => {
          s[i] = 0;
        },
        add: (s, i, row) => {
          if (aggregate.column === null || row[column] !== null) (s[i] as number)++;
        },
        partial: (s, i) => ({ kind: 'count', count: s[i] as number }),
      };
    case 'sum':
      return {
        slots: 1,
        init: (s, i) => {
          s[i] = 0;
        },
        add: (s, i, row) => {
          s[i] = adder.add(s[i] as number, number(row) ?? 0);
        },
        partial: (s, i) => ({ kind: 'sum', sum: adder.sum(s[i] as number) }),
      };
    case 'avg':
      return {
        slots: 2,
        init: (s, i) => {
          s[i] = 0;
          s[i + 1] = 0;
        },
        add: (s, i, row) => {
          const value = number(row);
          if (value === null) return;
          s[i] = adder.add(s[i] as number, value);
          (s[i + 1] as number)++;
        },
        partial: (s, i) => ({ kind: 'avg', sum: adder.sum(s[i] as number), count: s[i + 1] as number }),
      };
    case 'min':
    case 'max': {
      const kind = aggregate.kind;
      const sign = kind === 'min' ? -1 : 1;
      return {
        slots: 1,
        init: (s, i) => {
          s[i] = null;
        },
        add: (s, i, row) => {
          const value = number(row);
          if (value !== null && (s[i] === null || (value - (s[i] as number)) * sign > 0)) s[i] = value;
        },
        partial: (s, i) => ({ kind, value: s[i] as number | null }),
      };
    }
    case 'count_distinct':
      return {
        slots: 1,
        init: (s, i) => {
          s[i] = new Set<V>();
        },
        add: (s, i, row) => {
          const value = row[column] as V;
          if (value !== null) (s[i] as Set<V>).add(value);
        },
        partial: (s, i) => ({ kind: 'count_distinct', members: s[i] as ReadonlySet<V> }),
      };
    default:
      return assertNever(aggregate.kind, 'aggregate');
  }
}

/** A filter that throws has not said true, as in an expectation. */
function saysTrue<V>(test: (row: Record<string, V>) => boolean, row: Record<string, V>): boolean {
  try {
    return test(row) === true;
  } catch {
    return false;
  }
}

/** The partial results of one batch, by window and group. Pure but for its own memory, which `deltas` hands over. */
export class WindowAggregate<V> {
  readonly spec: WindowSpec<V>;
  readonly #measures: readonly {
    readonly measure: Measure<V>;
    readonly at: number;
    readonly test: ((row: Record<string, V>) => boolean) | null;
  }[];
  readonly #windows = new Map<Instant, Map<unknown, { readonly group: readonly V[]; readonly state: unknown[] }>>();

  constructor(spec: WindowSpec<V>) {
    this.spec = spec;
    let at = 0;
    this.#measures = spec.aggregates.map((aggregate) => {
      const measure = measureOf(aggregate);
      const entry = { measure, at, test: aggregate.where?.test ?? null };
      at += measure.slots;
      return entry;
    });
  }

  /** Adds a row to the window that starts at `start`. */
  add(start: Instant, row: Record<string, V>): void {
    const state = this.#state(start, row);
    const measures = this.#measures;
    for (let i = 0; i < measures.length; i++) {
      const { measure, at, test } = measures[i]!;
      if (test === null || saysTrue(test, row)) measure.add(state, at, row);
    }
  }

  /** The partial results of all rows added, in no particular order. */
  deltas(): readonly Delta<V>[] {
    const deltas: Delta<V>[] = [];
    for (const [start, groups] of this.#windows)
      for (const { group, state } of groups.values())
        deltas.push({
          windowStart: start,
          windowEnd: (start + this.spec.sizeMs) as Instant,
          group,
          partials: this.#measures.map(({ measure, at }) => measure.partial(state, at)),
        });
    return deltas;
  }

  #state(start: Instant, row: Record<string, V>): unknown[] {
    let groups = this.#windows.get(start);
    if (groups === undefined) {
      groups = new Map();
      this.#windows.set(start, groups);
    }
    const key = groupKey(this.spec.groupBy, row);
    let entry = groups.get(key);
    if (entry === undefined) {
      const state: unknown[] = [];
      for (const { measure, at } of this.#measures) measure.init(state, at);
      entry = { group: this.spec.groupBy.map((column) => row[column] as V), state };
      groups.set(key, entry);
    }
    return entry.state;
  }
}
