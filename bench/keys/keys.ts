import { join } from 'node:path';
import { silentLog } from '@medallion/core';
import { createKafkaLog } from '@medallion/kafka';
import type { RecordLog } from '@medallion/runtime';
import { type Engine, withEngine } from '../support/engine.ts';
import { startProcess } from '../support/services.ts';
import { round, table } from '../support/statistics.ts';
import { KEYS_PLANS } from './pipelines.ts';
import { RawChanges } from './raw-changes.ts';

/** A group waits this long for a member that was killed, before another one gets its partitions. */
const SESSION_TIMEOUT_MS = 6_000;
const SERVICE = join(import.meta.dirname, 'service.ts');

/** What an instance that was killed with so many keys in memory costs until another one goes on. */
export type KeysResult = {
  readonly pipeline: string;
  readonly keys: number;
  /** Keys a second from a full topic, the start of the services included. */
  readonly drainedPerSecond: number;
  /** Resident memory of silver-enrich when it was killed, and of its successor when it goes on. */
  readonly rssMb: number;
  readonly rssAfterMb: number;
  /** From the successor's start to the first record that it writes; it waits for the killed member's session meanwhile. */
  readonly resumedSeconds: number;
  /** CPU of the successor until then. */
  readonly cpuSeconds: number;
};

/** Fills a keyed table or a dedupe set with `keys` keys, kills the service with SIGKILL, and times its successor. */
export function keysBench(pipeline: string, keys: number): Promise<KeysResult> {
  return withEngine((engine) => measure(engine, pipeline, keys));
}

async function measure(engine: Engine, pipeline: string, keys: number): Promise<KeysResult> {
  const { DATABASE_URL: _, ...env } = engine.env;
  const settings = { ...env, PIPELINES: pipeline, SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS) };
  const start = (layer: 'bronze' | 'silver') =>
    startProcess({ name: `${layer}-${pipeline}`, args: [SERVICE, layer], env: settings, logFolder: engine.logs });
  const log = createKafkaLog({ brokers: engine.brokers, clientId: 'bench-keys', log: silentLog });
  const raw = await RawChanges.open(log, `${pipeline}.raw`);
  // One change for each key, within nine minutes of event time: nobody is forgotten meanwhile.
  const startMs = Date.now() - 600_000;
  await raw.send(keys, startMs, 540_000, (i) => i);

  const began = performance.now();
  const services = [start('bronze')];
  try {
    const first = start('silver');
    services.push(first);
    await caughtUp(log, pipeline, keys);
    const drainedPerSecond = Math.round(keys / ((performance.now() - began) / 1_000));
    const rssMb = Math.round(first.figures().rssBytes / 1e6);
    await first.kill();

    const written = await recordsOf(log, pipeline);
    await raw.send(1, startMs + 540_000, 0, () => keys);
    const restarted = performance.now();
    const second = start('silver');
    services.push(second);
    while ((await recordsOf(log, pipeline)) === written) await new Promise((resolve) => setTimeout(resolve, 20));
    const resumedSeconds = round((performance.now() - restarted) / 1_000, 2);
    const { cpuUs, rssBytes } = second.figures();
    return {
      ...{ pipeline, keys, drainedPerSecond, rssMb, resumedSeconds },
      rssAfterMb: Math.round(rssBytes / 1e6),
      cpuSeconds: round(cpuUs / 1e6, 2),
    };
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    await raw.close();
    await log.close();
  }
}

const planned = (pipeline: string) => {
  const [changes, kept] = KEYS_PLANS.get(pipeline)!.tables;
  if (changes?.kind !== 'streaming_table') throw new Error('invariant violated: the first table is a streaming table');
  if (kept?.kind === 'keyed_table') return { input: changes.topic, table: kept.name, output: kept.changelogTopic };
  if (kept?.kind === 'streaming_table') return { input: changes.topic, table: kept.name, output: kept.topic };
  throw new Error('invariant violated: the second table has a topic');
};

/** How many records the table's topic has. */
async function recordsOf(log: RecordLog, pipeline: string): Promise<number> {
  const partitions = (await log.partitions(planned(pipeline).output)) ?? [];
  return partitions.reduce((sum, { high }) => sum + high, 0);
}

/** Resolves when the table's flow has stored checkpoints at the end of its input, which has all keys. */
async function caughtUp(log: RecordLog, pipeline: string, keys: number): Promise<void> {
  const { input, table: name } = planned(pipeline);
  const deadline = Date.now() + 900_000;
  for (;;) {
    const checkpoints = await log.committed(`${pipeline}.${name}`, input).catch(() => new Map());
    const done = [...checkpoints.values()].reduce((sum: number, { offset }) => sum + offset, 0);
    if (done >= keys) return;
    if (Date.now() > deadline) throw new Error(`${done} of ${keys} changes processed`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The results as text. */
export const keysTable = (results: readonly KeysResult[]): string =>
  table([
    ['killed with', 'keys', 'drained/s', 'RSS MB', 'resumed in s', 'CPU s until then', 'RSS MB of the successor'],
    ...results.map(({ pipeline, keys, drainedPerSecond, rssMb, resumedSeconds, cpuSeconds, rssAfterMb }) => [
      ...[pipeline, keys, drainedPerSecond, rssMb, resumedSeconds, cpuSeconds, rssAfterMb],
    ]),
  ]);
