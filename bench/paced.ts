import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { silentLog } from '@medallion/core';
import { createKafkaLog } from '@medallion/kafka';
import { type Engine, withEngine } from './support/engine.ts';
import { fillRawTopic, PARTITIONS } from './support/raw-topic.ts';
import { type Resources, readResources } from './support/resources.ts';
import { ENGINE } from './support/services.ts';
import { quantile, round, table } from './support/statistics.ts';

const ROOT = join(import.meta.dirname, '..');
const SILVER = 'santa-deliveries.silver_santa_deliveries';
/** Not measured: the services have just started and compile their code. */
const WARM_UP_S = 10;

/** What a paced run is measured by. Latencies are from the event's own time stamp, in milliseconds. */
export type PacedResult = {
  readonly eventsPerSecond: number;
  readonly seconds: number;
  readonly measured: number;
  readonly silverMs: { readonly p50: number; readonly p99: number };
  readonly goldMs: { readonly p50: number; readonly p99: number };
  readonly cores: Readonly<Record<string, number>>;
  readonly rssMb: Readonly<Record<string, { readonly start: number; readonly end: number; readonly peak: number }>>;
  /** What may leak, when the measured time began and when it ended. */
  readonly resources: { readonly start: Resources; readonly end: Resources };
};

/**
 * Paces events by the clock and looks from outside at when each is in silver's topic (the broker's append time is not
 * kept, so the writer's: the record's timestamp) and when a reader of Postgres sees it in gold.
 */
export async function paced(eventsPerSecond: number, seconds: number): Promise<PacedResult> {
  return withEngine(async (engine: Engine) => {
    await fillRawTopic(engine.brokers, { events: 2_000, seed: 1, density: 1_000, startMs: Date.now() - 5_000 });
    const services = engine.start();
    await engine.gold.accounted(2_000, 60_000);
    const stop = new AbortController();
    const sampling = engine.gold.sample(SILVER, 5, stop.signal);
    const generator = spawn(
      process.execPath,
      [
        join(ROOT, 'services', 'santa-generator', 'src', 'main.ts'),
        ...['--rate', String(eventsPerSecond), '--events', String(eventsPerSecond * (seconds + WARM_UP_S))],
        ...['--seed', '7', '--quality', 'clean', '--to', 'kafka', '--partitions', String(PARTITIONS)],
      ],
      { env: { ...process.env, ...engine.env }, stdio: 'ignore' },
    );
    const generated = once(generator, 'exit');
    await new Promise((resolve) => setTimeout(resolve, WARM_UP_S * 1_000));
    const fromMs = Date.now();
    const before = services.map((service) => service.figures());
    const start = await readResources(services, engine.stack.databaseUrl);
    await Promise.race([generated, new Promise((resolve) => setTimeout(resolve, (seconds - 2) * 1_000))]);
    const toMs = Date.now();
    const after = services.map((service) => service.figures());
    const end = await readResources(services, engine.stack.databaseUrl);
    await generated;
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    stop.abort();
    await sampling;
    const { silver, gold } = await latencies(engine, fromMs, toMs);
    const cores = services.map(
      ({ name }, i) => [name, (after[i]!.cpuUs - before[i]!.cpuUs) / ((toMs - fromMs) * 1_000)] as const,
    );
    const mb = (bytes: number): number => Math.round(bytes / 1e6);
    return {
      eventsPerSecond,
      seconds,
      measured: gold.length,
      silverMs: { p50: quantile(silver, 0.5), p99: quantile(silver, 0.99) },
      goldMs: { p50: quantile(gold, 0.5), p99: quantile(gold, 0.99) },
      cores: {
        ...Object.fromEntries(cores.map(([name, each]) => [name, round(each, 3)])),
        total: round(
          cores.reduce((sum, [, each]) => sum + each, 0),
          3,
        ),
      },
      rssMb: Object.fromEntries(
        services.map(({ name }, i) => [
          name,
          { start: mb(before[i]!.rssBytes), end: mb(after[i]!.rssBytes), peak: mb(after[i]!.peakRssBytes) },
        ]),
      ),
      resources: { start, end },
    };
  });
}

/** Latencies of the events that happened in the measured time, read from silver's topic after the run. */
async function latencies(engine: Engine, fromMs: number, toMs: number): Promise<{ silver: number[]; gold: number[] }> {
  const log = createKafkaLog({ brokers: engine.brokers, clientId: 'bench-latency', log: silentLog });
  const silver: number[] = [];
  const gold: number[] = [];
  const decoder = await (await import('@medallion/kafka'))
    .createRegistryCodecs({ url: engine.env.SCHEMA_REGISTRY_URL! })
    .decoder(SILVER, await silverSchema());
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const seen = engine.gold.samples.filter((sample) => sample.partition === partition);
    let at = 0;
    for await (const records of log.read({ topic: SILVER, partition }, 0)) {
      await decoder.prepare(records.map((record) => record.value));
      for (const record of records) {
        const decoded = decoder.decode(record.value);
        if (!('row' in decoded)) continue;
        const happenedMs = decoded.row.delivery_timestamp as number;
        if (happenedMs < fromMs || happenedMs > toMs) continue;
        while (at < seen.length && seen[at]!.next <= record.offset) at++;
        if (at === seen.length) continue;
        silver.push(record.timestampMs - happenedMs);
        gold.push(seen[at]!.seenAtMs - happenedMs);
      }
    }
  }
  await log.close();
  return { silver, gold };
}

async function silverSchema() {
  const { default: plan } = await import('@medallion/santa-deliveries');
  return plan.tables[1]!.schema;
}

const connections = (resources: Resources): number =>
  Object.values(resources.connections).reduce((sum, n) => sum + n, 0);

/** The result as a table for the terminal. */
export function pacedTable(result: PacedResult): string {
  return table([
    ['paced', `${result.eventsPerSecond} events/s for ${result.seconds} s`],
    ['events measured', result.measured],
    ['event to silver ms, p50 / p99', `${result.silverMs.p50} / ${result.silverMs.p99}`],
    ['event to gold ms, p50 / p99', `${result.goldMs.p50} / ${result.goldMs.p99}`],
    ...[...ENGINE, 'total'].map((name) => [`cores ${name}`, result.cores[name]!]),
    ...ENGINE.map((name) => {
      const { start, end, peak } = result.rssMb[name]!;
      return [`RSS MB ${name}, start / end / peak`, `${start} / ${end} / ${peak}`];
    }),
    ...ENGINE.map((name) => {
      const [start, end] = [result.resources.start.services[name]!, result.resources.end.services[name]!];
      return [`files, threads ${name}, start / end`, `${start.files}, ${start.threads} / ${end.files}, ${end.threads}`];
    }),
    [
      'connections to Postgres, start / end',
      [result.resources.start, result.resources.end].map(connections).join(' / '),
    ],
    ...Object.entries(result.resources.end.tables).map(([name, { live, dead, mb }]) => {
      const start = result.resources.start.tables[name];
      const before = start === undefined ? '–' : `${start.live}, ${start.dead}, ${start.mb}`;
      return [`rows, dead rows, MB ${name}`, `${before} / ${live}, ${dead}, ${mb}`];
    }),
  ]);
}
