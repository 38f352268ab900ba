import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@medallion/core';
import type { Random } from '../support/random.ts';
import { until } from '../support/until.ts';
import { type Fault, HEALS_MS, type Ongoing, type Sign } from './fault.ts';
import { throughToGold } from './support/places.ts';
import { ready } from './support/signs.ts';
import type { World } from './support/world.ts';

/** What came of a fault: what was seen of it, how long it took to heal, and what did not hold. */
export type Outcome = {
  readonly name: string;
  readonly seen: readonly string[];
  readonly lastedMs: number;
  /** From its end, or the end of what a person did, until all was ready and caught up; null when that never came. */
  readonly healedMs: number | null;
  readonly problems: readonly string[];
};

/**
 * Lets one thing go wrong and looks at it:
 *
 *   begin ──▶ every sign is seen, within its bound ──▶ end ──▶ by hand, where it needs one ──▶ ready ──▶ caught up
 *
 * Then a snapshot that was taken after all that must have been right. A problem is told, and the next fault can follow. Where
 * healed is to be ready alone, catching up and that snapshot are for whoever calls this.
 */
export async function runFault(
  world: World,
  fault: Fault,
  random: Random,
  signal: AbortSignal,
  healedIs: 'ready' | 'caught up' = 'caught up',
): Promise<Outcome> {
  const { tell, watcher } = world;
  const began = performance.now();
  const problems: string[] = [];
  const seen: string[] = [];
  const problem = (line: string): void => {
    problems.push(`${fault.name}: ${line}`);
    tell(`✗ ${fault.name}: ${line}`);
  };
  const crashes = crashesOf(world);
  const wrong = watcher.totals.problems.length;
  const outcome = (lastedMs: number, healedMs: number | null): Outcome => {
    problems.push(...watcher.totals.problems.slice(wrong).map((line) => `during ${fault.name}: ${line}`));
    problems.push(...crashesOf(world).slice(crashes.length));
    return { name: fault.name, seen, lastedMs, healedMs, problems };
  };

  let ongoing: Ongoing;
  try {
    ongoing = await fault.begin(world, random, signal);
  } catch (error) {
    problem(`did not begin: ${messageOf(error)}`);
    return outcome(0, null);
  }
  tell(`${fault.name}: ${fault.does}${ongoing.whom === undefined ? '' : ` (${ongoing.whom})`}`);
  try {
    const look = (sign: Sign): Promise<void> =>
      seenOf(sign, signal).then(
        (ms) => {
          seen.push(sign.what);
          tell(`  seen after ${secondsOf(ms)}: ${sign.what}`);
        },
        (error) => problem(`not seen: ${messageOf(error)}`),
      );
    const least = delay(Math.max(0, (ongoing.lastsMs ?? 0) - (performance.now() - began)), undefined, { signal });
    await Promise.all([...ongoing.sees.map(look), least.catch(() => {})]);
  } finally {
    await ongoing.end().catch((error: unknown) => problem(`was not undone: ${messageOf(error)}`));
  }
  const lastedMs = performance.now() - began;
  try {
    if (ongoing.byHand !== undefined) {
      tell(`  by hand: ${ongoing.byHand.command}`);
      await ongoing.byHand.run();
    }
    const ended = performance.now();
    await healed(world, fault.healsWithinMs ?? HEALS_MS, healedIs, signal);
    const healedMs = performance.now() - ended;
    if (healedIs === 'caught up') await watcher.further(signal);
    for (const line of (await ongoing.holds?.()) ?? []) problem(line);
    tell(`  healed after ${secondsOf(healedMs)}`);
    return outcome(lastedMs, healedMs);
  } catch (error) {
    problem(`not healed: ${messageOf(error)}`);
    return outcome(lastedMs, null);
  }
}

/** Every service ready, and all that was fed before is through to gold. */
async function healed(
  world: World,
  withinMs: number,
  healedIs: 'ready' | 'caught up',
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  for (const group of Object.values(world.groups)) await seenOf(ready(group, group.wanted, withinMs), signal);
  if (healedIs === 'caught up')
    await throughToGold(world, withinMs - (performance.now() - began), () => signal.throwIfAborted());
}

/** Waits for a sign; how long it took. */
async function seenOf({ what, withinMs, seen }: Sign, signal: AbortSignal): Promise<number> {
  const began = performance.now();
  await until(what, async () => ((await seen()) ? true : null), {
    timeoutMs: withinMs,
    everyMs: 100,
    giveUp: () => signal.throwIfAborted(),
  });
  return performance.now() - began;
}

const crashesOf = ({ groups }: World): readonly string[] => Object.values(groups).flatMap(({ crashes }) => crashes);

const secondsOf = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
