import { availableParallelism } from 'node:os';
import type { Violation } from '@medallion/testkit';
import { WORLDS, worldOf } from '../worlds.ts';
import type { Mutant } from './mutant.ts';
import { PlayerProcess } from './player-process.ts';

/** What became of a mutant. */
export type MutantRun = {
  readonly mutant: Mutant;
  /** Seeds played, the one that caught it included. */
  readonly played: number;
  /** The seed that caught it, and the first promise that it broke there; null when it was not caught. */
  readonly caught: { readonly seed: number; readonly violation: Violation } | null;
  /** Seeds that break a promise without the mutant too, so that they say nothing. */
  readonly passedOver: readonly number[];
};

/** How mutants are run. */
export type MutantsWanted = {
  readonly mutants: readonly Mutant[];
  readonly first: number;
  /** Each is given up after so many. */
  readonly seeds: number;
  readonly onRun?: (run: MutantRun) => void;
};

/**
 * Plays seeds with each mutant in a process of its own, one per core, until one breaks a promise. That seed is played without
 * the mutant as well: only where all promises hold then is the mutant caught.
 */
export async function runMutants({ mutants, first, seeds, onRun }: MutantsWanted): Promise<readonly MutantRun[]> {
  const left = [...mutants.entries()];
  const runs: MutantRun[] = [];
  const work = async (): Promise<void> => {
    const plain = new PlayerProcess(null);
    try {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [place, mutant] = next;
        const run = await runMutant(mutant, plain, first, seeds);
        runs[place] = run;
        onRun?.(run);
      }
    } finally {
      plain.end();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), mutants.length) }, work));
  return runs;
}

async function runMutant(mutant: Mutant, plain: PlayerProcess, first: number, seeds: number): Promise<MutantRun> {
  const { name } = worldOf(mutant.pipeline ?? WORLDS[0]!.name);
  const passedOver: number[] = [];
  const player = new PlayerProcess(mutant);
  try {
    for (let played = 1; played <= seeds; played++) {
      const seed = first + played - 1;
      const violation = await player.play(name, seed);
      if (violation === null) continue;
      if ((await plain.play(name, seed)) === null) return { mutant, played, caught: { seed, violation }, passedOver };
      passedOver.push(seed);
    }
    return { mutant, played: seeds, caught: null, passedOver };
  } finally {
    player.end();
  }
}
