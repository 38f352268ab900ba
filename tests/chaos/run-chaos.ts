import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@medallion/core';
import { caughtUp } from '../support/caught-up.ts';
import { createRandom } from '../support/random.ts';
import { verify } from '../support/verify.ts';
import { draw } from './draw.ts';
import type { Fault } from './fault.ts';
import { type Outcome, runFault } from './run-fault.ts';
import { firstThroughToGold } from './support/places.ts';
import { startWorld, type World } from './support/world.ts';

/** A run of `npm run chaos`. */
export type ChaosRun = {
  /** Drawn from these. */
  readonly faults: readonly Fault[];
  readonly brokers: 1 | 3;
  readonly smallDisks: boolean;
  readonly seed: number;
  /** After so long no further fault begins. */
  readonly durationMs: number;
  /** Each fault once, however long that takes. */
  readonly once: boolean;
  /** Events fed in a second. */
  readonly perSecond: number;
  /** The command that does the same again. */
  readonly again: string;
  readonly signal: AbortSignal;
};

const SESSION_MS = 6_000;
const STARTS_WITHIN_MS = 120_000;
/** Much of what is compared is kept in memory. */
const MOST_EVENTS = 1_000_000;

/** Runs it, printing what happens as it happens and a summary; the exit code: 0, or 1 when something did not hold. */
export async function runChaos(run: ChaosRun): Promise<number> {
  const began = performance.now();
  const tell = (line: string): void => console.log(`${clock(performance.now() - began)}  ${line}`);
  tell(`seed ${run.seed}: ${run.faults.length} faults, ${run.brokers === 3 ? 'three brokers' : 'one broker'}`);
  const world = await startWorld({
    ...{ brokers: run.brokers, smallDisks: run.smallDisks, sessionMs: SESSION_MS, tell },
    feed: { seed: run.seed, perSecond: run.perSecond, events: MOST_EVENTS },
  });
  const outcomes: Outcome[] = [];
  let problems: readonly string[] = [];
  try {
    problems = await inWorld(world, run, outcomes);
  } catch (error) {
    problems = [...outcomes.flatMap((each) => each.problems), `the run ended: ${messageOf(error)}`];
  } finally {
    await world.close(problems.length > 0);
  }
  for (const line of summary(world, outcomes, problems, run.again)) console.log(line);
  return problems.length === 0 ? 0 : 1;
}

/** Feeds and watches, lets the drawn faults happen, and compares everything in the end; what did not hold. */
async function inWorld(world: World, run: ChaosRun, outcomes: Outcome[]): Promise<readonly string[]> {
  const { tell, feed, watcher, groups } = world;
  const done = new AbortController();
  const fed = new AbortController();
  const stop = AbortSignal.any([done.signal, run.signal]);
  for (const group of Object.values(groups))
    for (const instance of group.instances) await instance.ready(STARTS_WITHIN_MS);
  tell('all services are ready');
  const feeding = feed.run(AbortSignal.any([fed.signal, run.signal]));
  const watching = watcher.run(stop);
  feeding.catch(() => {}); // it is awaited below
  try {
    // From now on all have learnt their schemas, and go on without the registry.
    await firstThroughToGold(world, STARTS_WITHIN_MS, () => run.signal.throwIfAborted());
    const until = performance.now() + run.durationMs;
    let left = run.once ? run.faults.length : Number.POSITIVE_INFINITY;
    for (const { fault, seed, pauseMs } of draw(run.faults, run.seed)) {
      if (run.signal.aborted || left-- <= 0 || (!run.once && performance.now() + pauseMs > until)) break;
      await delay(pauseMs, undefined, { signal: run.signal }).catch(() => {});
      outcomes.push(await runFault(world, fault, createRandom(seed), run.signal));
    }
    fed.abort();
    await feeding;
    return [...outcomes.flatMap((each) => each.problems), ...(run.signal.aborted ? [] : await inTheEnd(world))];
  } finally {
    fed.abort();
    done.abort();
    await watching;
  }
}

/** All that was fed is through, and every table, trace and count is what the oracle computes from the raw topic. */
async function inTheEnd({ tell, log, database, registryUrl, judged, partitions, watcher }: World): Promise<string[]> {
  try {
    await caughtUp(log, database, { timeoutMs: 120_000 });
    const before = watcher.totals.problems.length;
    await watcher.further(AbortSignal.timeout(120_000));
    const { problems, totals } = await verify({
      ...{ log, reader: judged.reader, database, registryUrl, partitions },
      ...{ sent: judged.producer.sent, ingestedAt: Date.now() },
    });
    tell(`compared with the oracle: ${JSON.stringify(totals)}`);
    return [...watcher.totals.problems.slice(before), ...problems.map((line) => `in the end: ${line}`)];
  } catch (error) {
    return [`in the end: ${messageOf(error)}`];
  }
}

function summary(world: World, outcomes: readonly Outcome[], problems: readonly string[], again: string): string[] {
  const { checks, missed } = world.watcher.totals;
  const signs = outcomes.reduce((sum, { seen }) => sum + seen.length, 0);
  return [
    '',
    ...[...Map.groupBy(outcomes, ({ name }) => name)].map(([name, all]) => {
      const healed = all.flatMap(({ healedMs }) => (healedMs === null ? [] : [healedMs / 1_000]));
      const bad = all.reduce((sum, each) => sum + each.problems.length, 0);
      return `${bad === 0 ? '✓' : '✗'} ${name.padEnd(28)} ${all.length} ×, healed after ${healed.map((s) => s.toFixed(1)).join(', ')} s`;
    }),
    `${outcomes.length} faults, ${signs} signs seen, ${world.feed.fed} events, ${checks} snapshots equal their recomputation (${missed} could not be taken)`,
    ...problems.slice(0, 40).map((line) => `✗ ${line}`),
    problems.length === 0 ? `everything held: ${again}` : `${problems.length} problems: ${again}`,
  ];
}

const clock = (ms: number): string =>
  `${String(Math.floor(ms / 60_000)).padStart(3)}:${((ms % 60_000) / 1_000).toFixed(1).padStart(4, '0')}`;
