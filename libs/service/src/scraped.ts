import { Counter, Gauge, type Registry } from 'prom-client';

/** One labelled number. The hot path changes `value`; prom-client sees it when somebody scrapes. */
export type Series = { value: number | undefined };

/** A counter or gauge whose series are plain numbers. */
export type Scraped<L extends string> = {
  /** A new series; the caller keeps it. A counter begins at 0, a gauge has no value before its first one. */
  series(labels: Readonly<Record<L, string | number>>): Series;
  remove(series: Series): void;
};

type Options<L extends string> = {
  kind: 'counter' | 'gauge';
  name: string;
  help: string;
  labelNames: readonly L[];
  registry: Registry;
};

/**
 * Declares a metric that is filled in at scrape time. prom-client's `inc` and `set` hash their labels on every call,
 * about 1 µs each also on a bound child; with small batches over many tables that adds up, an addition does not.
 */
export function scraped<L extends string>({ kind, name, help, labelNames, registry }: Options<L>): Scraped<L> {
  const all = new Map<Series, Readonly<Record<L, string | number>>>();
  const options = { name, help, labelNames, registers: [registry] };
  if (kind === 'counter') {
    new Counter<L>({
      ...options,
      collect() {
        this.reset();
        for (const [{ value }, labels] of all) this.inc(labels, value ?? 0);
      },
    });
  } else {
    new Gauge<L>({
      ...options,
      collect() {
        this.reset();
        for (const [{ value }, labels] of all) if (value !== undefined) this.set(labels, value);
      },
    });
  }
  return {
    series(labels) {
      const series: Series = { value: kind === 'counter' ? 0 : undefined };
      all.set(series, labels);
      return series;
    },
    remove(series) {
      all.delete(series);
    },
  };
}
