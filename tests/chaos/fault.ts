import type { Random } from '../support/random.ts';
import type { World } from './support/world.ts';

/** Something that the user sees while a fault lasts, within a bound; it is asked for again and again until it is seen. */
export type Sign = {
  /** As it is printed: where it is seen, and which code or number it is. */
  readonly what: string;
  readonly withinMs: number;
  readonly seen: () => Promise<boolean> | boolean;
};

/** A fault that has begun. */
export type Ongoing = {
  /** Whom it has hit, where that is not always the same. */
  readonly whom?: string;
  readonly sees: readonly Sign[];
  /** So long it lasts at least, also when all signs were seen before; default 0. */
  readonly lastsMs?: number;
  /** Undoes it; called once, whatever happened in between. */
  readonly end: () => Promise<void>;
  /** What else must hold when it is over, as problems in words. */
  readonly holds?: () => Promise<readonly string[]> | readonly string[];
  /** What a person does once it is over, where that is needed by design; `end` has been called. */
  readonly byHand?: { readonly command: string; readonly run: () => Promise<void> };
};

/** What must be there for a fault. */
export type Needs = {
  /** Three brokers, of which one can be missed; else one does. */
  readonly brokers?: 3;
  /** Small file systems, which only root can mount. */
  readonly disks?: true;
};

/** One way for things to go wrong: a file of its own in `faults/`. It always undoes itself. */
export type Fault = {
  /** In lower case with dashes: the NAME of `--only`. */
  readonly name: string;
  /** What happens, as a phrase. */
  readonly does: string;
  readonly needs?: Needs;
  /** After its end all services are ready and caught up within this time; default `HEALS_MS`. */
  readonly healsWithinMs?: number;
  /** Begins it; rejects only when it has not begun, and then nothing is to be undone. */
  readonly begin: (world: World, random: Random, signal: AbortSignal) => Promise<Ongoing>;
};

/** Long enough for a machine that others use too: what is to be found is what never heals. */
export const HEALS_MS = 90_000;
