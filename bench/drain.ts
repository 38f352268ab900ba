import { type Engine, withEngine } from './support/engine.ts';
import { fillRawTopic, PARTITIONS } from './support/raw-topic.ts';
import { ENGINE } from './support/services.ts';
import { round, table } from './support/statistics.ts';

/** What a drain is measured by. */
export type DrainResult = {
  readonly events: number;
  readonly density: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly cpuUsPerEvent: Readonly<Record<string, number>>;
  readonly peakRssMb: Readonly<Record<string, number>>;
};

/** Fills the input with `events`, then drains it through the three services, timed from their start to the last row in gold. */
export async function drain(events: number, density: number): Promise<DrainResult> {
  return withEngine(async (engine: Engine) => {
    const startMs = Date.UTC(2025, 11, 24, 10);
    const { records, bytes } = await fillRawTopic(engine.brokers, { events, seed: 1, density, startMs });
    const started = Date.now();
    const services = engine.start();
    await engine.gold.accounted(records, 600_000);
    const seconds = (Date.now() - started) / 1000;
    const figures = services.map(({ name, figures: read }) => [name, read()] as const);
    const cpu = figures.map(([name, { cpuUs }]) => [name, round(cpuUs / records)] as const);
    return {
      events: records,
      density,
      bytes: Math.round(bytes / records),
      seconds: round(seconds, 2),
      eventsPerSecond: Math.round(records / seconds),
      cpuUsPerEvent: { ...Object.fromEntries(cpu), total: round(cpu.reduce((sum, [, each]) => sum + each, 0)) },
      peakRssMb: Object.fromEntries(figures.map(([name, { peakRssBytes }]) => [name, Math.round(peakRssBytes / 1e6)])),
    };
  });
}

/** The result as a table for the terminal. */
export function drainTable(results: readonly DrainResult[]): string {
  return table([
    ['drain', ...results.map(({ events, density }) => `${events} events, ${density}/s of event time`)],
    ['events/s end to end', ...results.map((r) => r.eventsPerSecond)],
    ['seconds, start of the services included', ...results.map((r) => r.seconds)],
    ...[...ENGINE, 'total'].map((name) => [`CPU µs/event ${name}`, ...results.map((r) => r.cpuUsPerEvent[name]!)]),
    ...ENGINE.map((name) => [`peak RSS MB ${name}`, ...results.map((r) => r.peakRssMb[name]!)]),
    ['partitions', ...results.map(() => PARTITIONS)],
  ]);
}
