import { type Engine, withEngine } from './support/engine.ts';
import { fillRawTopic } from './support/raw-topic.ts';
import { ENGINE } from './support/services.ts';
import { quantile, round, table } from './support/statistics.ts';

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

/** The least and the median of several runs: machines wander, and what they do not take away is the figure. */
export type DrainSummary = { readonly density: number; readonly runs: readonly DrainResult[] };

/** Drains `runs` times. */
export async function drains(runs: number, events: number, density: number): Promise<DrainSummary> {
  const results: DrainResult[] = [];
  for (let i = 0; i < runs; i++) results.push(await drain(events, density));
  return { density, runs: results };
}

/** Best and median of the runs, as a table for the terminal. */
export function drainTable(summaries: readonly DrainSummary[]): string {
  const cell = (pick: (run: DrainResult) => number, best: 'least' | 'greatest') => (summary: DrainSummary) => {
    const sorted = summary.runs.map(pick).toSorted((a, b) => (best === 'least' ? a - b : b - a));
    return `${sorted[0]} / ${quantile(sorted, 0.5)}`;
  };
  const row = (title: string, pick: (run: DrainResult) => number, best: 'least' | 'greatest' = 'least'): string[] => [
    title,
    ...summaries.map(cell(pick, best)),
  ];
  return table([
    [
      'drain: best / median',
      ...summaries.map(({ density, runs }) => `${runs.length} runs, ${density}/s of event time`),
    ],
    row('events/s end to end', (run) => run.eventsPerSecond, 'greatest'),
    row('seconds, start of the services included', (run) => run.seconds),
    ...[...ENGINE, 'total'].map((name) => row(`CPU µs/event ${name}`, (run) => run.cpuUsPerEvent[name]!)),
    ...ENGINE.map((name) => row(`peak RSS MB ${name}`, (run) => run.peakRssMb[name]!)),
  ]);
}
