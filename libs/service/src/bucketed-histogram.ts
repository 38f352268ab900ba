import { Histogram, type Registry } from 'prom-client';

type Labels = Readonly<{ pipeline: string; table: string }>;

/** One labelled series of a histogram. Observing costs a short scan over typed counters; it allocates nothing. */
export type HistogramSeries = {
  observe(value: number): void;
  observeAll(values: ArrayLike<number>): void;
};

/**
 * A histogram that takes a batch of values at once.
 *
 * prom-client's own `observe` validates and hashes the labels for every value, also through `.labels()`: some 800 ns,
 * which for one latency per record would cost as much as decoding the record. Here the labels are resolved once per
 * series and a value costs a scan of at most `bounds.length` numbers (about 30 ns), so every record can be observed
 * and the percentiles are not those of a sample. The text format is made only when somebody scrapes.
 */
export class BucketedHistogram extends Histogram<'pipeline' | 'table' | 'le'> {
  readonly #bounds: Float64Array;
  readonly #series: { labels: Labels; counts: Float64Array; total: { sum: number } }[] = [];
  readonly #describe: { name: string; help: string };

  /** `bounds` are the upper bounds of the buckets, ascending, in seconds; `+Inf` is added. */
  constructor(options: { name: string; help: string; bounds: readonly number[]; registry: Registry }) {
    const { name, help, bounds, registry } = options;
    super({ name, help, labelNames: ['pipeline', 'table'], buckets: [...bounds], registers: [registry] });
    this.#bounds = Float64Array.from(bounds);
    this.#describe = { name, help };
  }

  /** A new series; the caller keeps it and asks once per labels. */
  series(labels: Labels): HistogramSeries {
    const bounds = this.#bounds;
    const counts = new Float64Array(bounds.length + 1);
    const total = { sum: 0 };
    this.#series.push({ labels, counts, total });
    const observe = (value: number): void => {
      if (!Number.isFinite(value)) return;
      // clocks of two machines differ: an event from "the future" took no time, it does not lower the sum
      const seconds = Math.max(value, 0);
      let bucket = 0;
      while (bucket < bounds.length && seconds > bounds[bucket]!) bucket++;
      counts[bucket]! += 1;
      total.sum += seconds;
    };
    return {
      observe,
      observeAll(values) {
        for (let i = 0; i < values.length; i++) observe(values[i]!);
      },
    };
  }

  /**
   * The cumulative buckets, sum and count of each series. prom-client's registry and its `get` both call this method
   * (it is not in its types); metrics.test.ts fails if a new version no longer does.
   */
  async getForPromString() {
    const { name, help } = this.#describe;
    const values = this.#series.flatMap(({ labels, counts, total }) => {
      let cumulative = 0;
      const buckets = Array.from(counts, (count, i) => {
        cumulative += count;
        return {
          metricName: `${name}_bucket`,
          labels: { ...labels, le: this.#bounds[i] ?? '+Inf' },
          value: cumulative,
        };
      });
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels, value: total.sum },
        { metricName: `${name}_count`, labels, value: cumulative },
      ];
    });
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }
}
