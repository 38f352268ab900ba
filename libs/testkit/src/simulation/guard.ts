import { createRequire, syncBuiltinESMExports } from 'node:module';
import { chanceOf } from './chance.ts';

/**
 * While a simulation runs, nothing in the process may ask for the real time, wait, or draw by chance that no seed decides:
 * such a call throws, and says so. Ids are drawn from the seed.
 */
export async function guarded<T>(seed: number, work: () => Promise<T>): Promise<T> {
  const restore = guard(seed);
  try {
    return await work();
  } finally {
    restore();
  }
}

const builtin = createRequire(import.meta.url);

const refuse = (name: string) => (): never => {
  throw new Error(`${name} was called in a simulation: take it by a port`);
};

/** Replaces properties of an object; what it returns puts them back. */
function replace(target: object, replacements: Readonly<Record<string, unknown>>): () => void {
  const before = Object.fromEntries(Object.keys(replacements).map((name) => [name, Reflect.get(target, name)]));
  Object.assign(target, replacements);
  return () => void Object.assign(target, before);
}

function guard(seed: number): () => void {
  const ids = chanceOf(seed, 'ids');
  const hex = (digits: number): string =>
    Math.floor(ids.next() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  const timers = ['setTimeout', 'setInterval', 'setImmediate'];
  const refused = (where: string) => Object.fromEntries(timers.map((name) => [name, refuse(`${where}${name}`)]));
  const undo = [
    replace(globalThis, refused('')),
    replace(builtin('node:timers'), refused('node:timers.')),
    replace(builtin('node:timers/promises'), refused('node:timers/promises.')),
    replace(globalThis.Date, { now: refuse('Date.now') }),
    replace(globalThis.Math, { random: refuse('Math.random') }),
    replace(globalThis.performance, { now: refuse('performance.now') }),
    replace(builtin('node:crypto'), {
      randomUUID: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
      randomInt: refuse('node:crypto.randomInt'),
      randomBytes: refuse('node:crypto.randomBytes'),
    }),
  ];
  syncBuiltinESMExports();
  return () => {
    for (const each of undo) each();
    syncBuiltinESMExports();
  };
}
