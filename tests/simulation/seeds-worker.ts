import { drawScenario, play, type Violation } from '@medallion/testkit';
import { worldOf } from './worlds.ts';

/** What a worker is asked to play. */
export type SeedsAsked = { readonly pipeline: string; readonly seeds: readonly number[] };

/** What it found in each of them: nothing, mostly. */
export type SeedsPlayed = SeedsAsked & {
  readonly broken: readonly { readonly seed: number; readonly violations: readonly Violation[] }[];
};

// A process of its own: while it plays, the whole process has virtual time.
process.on('message', async ({ pipeline, seeds }: SeedsAsked) => {
  const world = worldOf(pipeline);
  const broken: { seed: number; violations: readonly Violation[] }[] = [];
  for (const seed of seeds) {
    const { violations } = await play(drawScenario(seed, world), world);
    if (violations.length > 0) broken.push({ seed, violations });
  }
  process.send?.({ pipeline, seeds, broken } satisfies SeedsPlayed);
});
process.on('disconnect', () => process.exit());
