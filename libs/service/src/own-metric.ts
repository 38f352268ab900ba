import { Counter, Gauge, type Registry } from 'prom-client';

/** A number that a service itself knows of; read when somebody scrapes. */
export type OwnMetric = {
  readonly kind: 'counter' | 'gauge';
  /** In full, with its unit last: `medallion_dashboard_listeners`. */
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  /** Its series as they are now: a bounded number of them. */
  readonly read: () => readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number }[];
};

/** Adds it to a registry. */
export function addOwnMetric(registry: Registry, { kind, name, help, labelNames = [], read }: OwnMetric): void {
  const options = { name, help, labelNames, registers: [registry] };
  if (kind === 'counter')
    new Counter({
      ...options,
      collect() {
        this.reset();
        for (const { labels = {}, value } of read()) this.inc(labels, value);
      },
    });
  else
    new Gauge({
      ...options,
      collect() {
        this.reset();
        for (const { labels = {}, value } of read()) this.set(labels, value);
      },
    });
}
