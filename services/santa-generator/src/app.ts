import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import {
  type Clock,
  type Instant,
  isMedallionError,
  isoString,
  messageOf,
  silentLog,
  systemClock,
} from '@medallion/core';
import type { RecordLog } from '@medallion/runtime';
import { serveProgram } from '@medallion/service';
import { CommanderError } from 'commander';
import { createAudit, formatAudit } from './audit.ts';
import { parseCli, type Settings, type Target } from './cli.ts';
import { createGenerator } from './generator.ts';
import { createPacing } from './pacing.ts';
import { run } from './run.ts';
import { fileSink, streamSink } from './sinks/file-sink.ts';
import { kafkaSink } from './sinks/kafka-sink.ts';
import type { Sink } from './sinks/sink.ts';
import { watchedSink } from './sinks/watched-sink.ts';

/** What the program needs of its surroundings. */
export type AppParts = {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly openLog: (brokers: readonly string[]) => Promise<RecordLog> | RecordLog;
  /** Ends the run: what has been taken is flushed, the audit is printed. */
  readonly signal: AbortSignal;
};

const EXIT = { fine: 0, failed: 1, usage: 2 } as const;

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Reads the command line, sends records until the end or the signal, prints the audit; gives the exit code. */
export async function app(parts: AppParts): Promise<number> {
  const clock = systemClock;
  // The clock of the run starts here: what opening takes is caught up, so that event time is not behind for good.
  const began = clock.now();
  let settings: Settings;
  try {
    settings = parseCli(parts.args, { env: parts.env, now: began, seed: randomInt(2 ** 32) });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    say(messageOf(error));
    return EXIT.usage;
  }
  try {
    await send(settings, parts, clock, began);
    return EXIT.fine;
  } catch (error) {
    say(isMedallionError(error) ? error.message : `santa-generator failed: ${messageOf(error)}`);
    return EXIT.failed;
  }
}

async function send(
  { generator: options, pace, target, ops, json }: Settings,
  parts: AppParts,
  clock: Clock,
  began: Instant,
): Promise<void> {
  const { signal } = parts;
  const generator = createGenerator(options);
  const audit = createAudit();
  const pacing = createPacing(pace, generator.options, began);
  const sleep = async (ms: number, until: AbortSignal): Promise<void> => {
    await setTimeout(ms, undefined, { signal: until }).catch(() => {}); // woken by the signal: nothing went wrong
  };
  say(`santa-generator: seed ${options.seed}, event time from ${isoString(options.start)}, to ${nameOf(target)}`);
  const served =
    ops === null ? null : await serveProgram({ name: 'santa-generator', version: '0.1.0', ...ops, log: silentLog });
  if (served !== null) say(`santa-generator: serving /livez, /readyz and /metrics at ${served.url}`);
  try {
    const opened = await openSink(target, parts, (ms) => sleep(ms, signal));
    const sink = served === null ? opened : watchedSink(opened, served, nameOf(target));
    served?.ready();
    try {
      await run({ generator, sink, audit, pacing, clock, sleep, signal });
    } catch (error) {
      if (!isClosedPipe(error)) throw error; // who reads our output has seen enough
    } finally {
      await sink.close();
      const report = { seed: options.seed, start: isoString(options.start), ...audit.report() };
      const text = json ? JSON.stringify(report) : formatAudit(report);
      (target.to === 'stdout' ? process.stderr : process.stdout).write(`${text}\n`);
    }
  } finally {
    // Open, it would keep alive a process that has failed, and nothing would start that again.
    await served?.close();
  }
}

async function openSink(target: Target, { openLog }: AppParts, sleep: (ms: number) => Promise<void>): Promise<Sink> {
  switch (target.to) {
    case 'kafka':
      return kafkaSink(await openLog(target.brokers), {
        topic: target.topic,
        partitions: target.partitions,
        sleep,
        onRetry: (error) => say(error.message),
      });
    case 'file':
      return fileSink(target.path);
    case 'stdout':
      return streamSink(process.stdout);
  }
}

const nameOf = (target: Target): string =>
  target.to === 'kafka' ? `topic ${target.topic} at ${target.brokers}` : target.to === 'file' ? target.path : 'stdout';

const isClosedPipe = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');
