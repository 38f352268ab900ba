import { isMedallionError, systemClock } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type { GoldReader } from '@medallion/postgres';
import type { Board } from './board.ts';
import { DASHBOARD, opsUrl, SERVICES } from './fleet.ts';
import { hasRowSince, readGoldFacts } from './gold-facts.ts';
import { askService } from './ops-client.ts';
import { problem } from './problems.ts';
import { repeat } from './repeat.ts';
import { FIRST_ROW, stepBegun, stepDone } from './view/steps.ts';

/** What is watched, and what for. */
export type WatchOptions = {
  readonly board: Board;
  readonly plan: PipelinePlan;
  readonly reader: GoldReader;
  readonly metricsPort: number;
  /** Milliseconds since the start. */
  readonly ms: () => number;
  readonly signal: AbortSignal;
};

const SERVICES_EVERY_MS = 500;
const GOLD_EVERY_MS = 2_000;
const FIRST_ROW_EVERY_MS = 200;
/** Reading what is shown may take this share of Postgres' time, however large the tables become. */
const GOLD_SHARE = 0.1;

/** Keeps the board up to date until the signal comes; resolves when the last question was answered. */
export async function watch(options: WatchOptions): Promise<void> {
  await Promise.all([watchServices(options), watchGold(options), waitForFirstRow(options)]);
}

const watchServices = ({ board, plan, metricsPort, ms, signal }: WatchOptions): Promise<void> =>
  repeat(SERVICES_EVERY_MS, signal, async () => {
    const names = [...SERVICES.map(({ name }) => name), DASHBOARD];
    const asked = names.filter((name) => board.children.some((child) => child.name === name));
    const reports = await Promise.all(asked.map((name) => askService(opsUrl(names.indexOf(name), metricsPort))));
    for (const [i, name] of asked.entries()) board.observe(name, reports[i] ?? null, plan, ms());
    return undefined;
  });

async function watchGold({ board, plan, reader, ms, signal }: WatchOptions): Promise<void> {
  let pauseUntil = 0;
  await repeat(GOLD_EVERY_MS / 4, signal, async () => {
    if (ms() < pauseUntil) return undefined;
    const began = ms();
    try {
      board.gold = await readGoldFacts(reader, plan);
      board.storeProblem = null;
    } catch (error) {
      // Tables that do not exist yet are no problem; gold-aggregate makes them.
      board.storeProblem = isMedallionError(error) ? problem('postgres', error) : null;
    }
    const took = ms() - began;
    pauseUntil = ms() + Math.max(GOLD_EVERY_MS, took / GOLD_SHARE);
    return undefined;
  });
}

async function waitForFirstRow({ board, plan, reader, ms, signal }: WatchOptions): Promise<void> {
  const since = systemClock.now();
  board.steps = stepBegun(board.steps, FIRST_ROW, ms());
  await repeat(FIRST_ROW_EVERY_MS, signal, async () => {
    const found = await hasRowSince(reader, plan, since).catch(() => false);
    if (found) board.steps = stepDone(board.steps, FIRST_ROW, ms());
    return found;
  });
}
