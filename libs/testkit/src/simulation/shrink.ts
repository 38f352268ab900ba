import { type Played, play } from './play.ts';
import type { Scenario } from './scenario.ts';
import type { World } from './world.ts';

/** A smaller scenario that breaks the same promise, and what came of it. */
export type Shrunk = { readonly scenario: Scenario; readonly played: Played; readonly runs: number };

/** What can be left out of a scenario. */
type Part = 'faults' | 'processes' | 'records' | 'files' | 'checksMs';
type Item<K extends Part> = NonNullable<Scenario[K]>[number];

/** Scenarios that are tried at most. */
const MOST_RUNS = 400;

/**
 * Leaves out of a scenario whatever is not needed for the same promise to break: faults, instances, records, looks. Each is
 * tried in halves first, then in smaller parts (delta debugging).
 *
 * @example const { scenario } = await shrink(drawScenario(seed, world), world, 'I2 gold')
 */
export async function shrink(given: Scenario, world: World, invariant: string): Promise<Shrunk> {
  let scenario = given;
  let runs = 0;
  const isBroken = async (tried: Scenario): Promise<boolean> => {
    if (runs++ >= MOST_RUNS) return false;
    const { violations } = await play(tried, world);
    return violations.some((each) => each.invariant === invariant);
  };
  const without = async <K extends Part>(
    part: K,
    isNeeded: (item: Item<K>) => boolean = () => false,
  ): Promise<void> => {
    const all = (scenario[part] ?? []) as readonly Item<K>[];
    const kept = all.filter(isNeeded);
    const few = await fewest(
      all.filter((item) => !isNeeded(item)),
      (items) => isBroken({ ...scenario, [part]: all.filter((item) => kept.includes(item) || items.includes(item)) }),
    );
    scenario = { ...scenario, [part]: all.filter((item) => kept.includes(item) || few.includes(item)) };
  };
  // Without its night a run would be as long, and all of it would have to be played.
  await without('faults', ({ kind }) => kind === 'night');
  // Of every layer one instance must be there.
  await without('processes', ({ slot }) => slot === 0);
  await without('records');
  await without('files');
  await without('checksMs');
  await without('faults', ({ kind }) => kind === 'night');
  return { scenario, played: await play(scenario, world, { trace: true }), runs };
}

/** The fewest of the items with which it still holds, as far as leaving out parts of them finds it. */
export async function fewest<T>(
  items: readonly T[],
  holds: (items: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  if (items.length === 0 || (await holds([]))) return [];
  let left = items;
  for (let parts = 2; left.length > 1; ) {
    const size = Math.ceil(left.length / parts);
    let smaller: readonly T[] | null = null;
    for (let from = 0; from < left.length && smaller === null; from += size) {
      const rest = [...left.slice(0, from), ...left.slice(from + size)];
      if (await holds(rest)) smaller = rest;
    }
    if (smaller !== null) {
      left = smaller;
      parts = Math.max(2, parts - 1);
    } else if (size === 1) break;
    else parts = Math.min(left.length, parts * 2);
  }
  return left;
}
