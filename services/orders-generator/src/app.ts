import { randomInt } from 'node:crypto';
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isMedallionError, messageOf } from '@medallion/core';
import type { RecordLog } from '@medallion/runtime';
import { CommanderError } from 'commander';
import { parseCli, type Settings } from './cli.ts';
import { land, withRun } from './landing.ts';
import { Kinds } from './scenario.ts';
import type { PipelineInput } from './scenarios/index.ts';
import { type TopicSink, topicSink } from './topic-sink.ts';

/** What the program needs of its surroundings. */
export type AppParts = {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly openLog: (brokers: readonly string[]) => RecordLog;
  /** Ends the run after the step in hand. */
  readonly signal: AbortSignal;
};

const EXIT = { fine: 0, failed: 1, usage: 2 } as const;

/** Reads the command line, sends until the end or the signal, prints what was sent; gives the exit code. */
export async function app(parts: AppParts): Promise<number> {
  let settings: Settings;
  try {
    settings = parseCli(parts.args, { env: parts.env, nowMs: Date.now(), seed: randomInt(2 ** 32) });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    console.error(messageOf(error));
    return EXIT.usage;
  }
  try {
    await send(settings, settings.input, parts);
    return EXIT.fine;
  } catch (error) {
    console.error(isMedallionError(error) ? error.message : `orders-generator failed: ${messageOf(error)}`);
    return EXIT.failed;
  }
}

async function send(settings: Settings, input: PipelineInput, { openLog, signal }: AppParts): Promise<void> {
  const { scenario, landing, ratePerSecond } = settings;
  const sleep = (ms: number) => setTimeout(ms, undefined, { signal }).catch(() => {}); // woken: nothing went wrong
  for (const folder of input.folders) await mkdir(join(landing, folder), { recursive: true });
  const sink = await openSink(settings, input, openLog, sleep);
  const sent = new Kinds();
  const began = performance.now();
  let steps = 0;
  try {
    for (const { files, records, kinds } of input.scenario(scenario)) {
      const dueMs = ratePerSecond === null ? 0 : (steps * scenario.perStep * 1_000) / ratePerSecond;
      while (!signal.aborted && performance.now() - began < dueMs)
        await sleep(Math.min(1_000, dueMs - (performance.now() - began)));
      if (signal.aborted) break;
      for (const { path, bytes } of files) await land(landing, { path: withRun(path, scenario.run), bytes });
      await sink?.write(records);
      for (const [kind, rows] of kinds) sent.add(kind, rows);
      steps++;
      await setTimeout(0); // a sink that is never busy must not keep signals from being heard
    }
  } finally {
    await sink?.close();
    console.log(auditOf(settings, steps, sent));
  }
}

async function openSink(
  { landing, brokers, partitions, recordsToFiles }: Settings,
  { topics }: PipelineInput,
  openLog: AppParts['openLog'],
  sleep: (ms: number) => Promise<void>,
): Promise<TopicSink | null> {
  if (topics.length === 0) return null;
  if (recordsToFiles)
    return {
      async write(records) {
        for (const { topic, key, value } of records)
          await appendFile(join(landing, `${topic}.jsonl`), `${JSON.stringify({ key, value: value?.toString() })}\n`);
      },
      async close() {},
    };
  return topicSink(openLog(brokers), {
    topics,
    partitions,
    sleep,
    onRetry: (error) => console.error(error.message),
  });
}

function auditOf({ pipeline, scenario, json }: Settings, steps: number, sent: Kinds): string {
  const byKind = Object.fromEntries([...sent.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  const { seed, run } = scenario;
  if (json)
    return JSON.stringify({ pipeline, seed, run, start: new Date(scenario.startMs).toISOString(), steps, byKind });
  const lines = Object.entries(byKind).map(([kind, rows]) => `  ${kind.padEnd(28)}${String(rows).padStart(9)}`);
  return [`${pipeline}: seed ${seed}, ${steps} steps`, ...lines].join('\n');
}
