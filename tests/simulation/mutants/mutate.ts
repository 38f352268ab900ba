import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Mutant } from './mutant.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

/** Where the module of a mutant is. */
export const pathOf = ({ file }: Pick<Mutant, 'file'>): string => resolve(ROOT, file);

/** The source with the defect in it. @throws Error when the place is not there, or not alone */
export function mutated({ name, file, find, replace }: Mutant, source: string): string {
  const parts = source.split(find);
  if (parts.length !== 2)
    throw new Error(`mutant ${name}: what it replaces stands ${parts.length - 1} times in ${file}`);
  return parts.join(replace);
}

/**
 * From now on this process loads the mutant's module with the defect. What it returns says how often that was done: zero as
 * long as nothing has imported the module.
 */
export function loadMutated(mutant: Mutant): () => number {
  const url = pathToFileURL(pathOf(mutant)).href;
  let loaded = 0;
  registerHooks({
    load(asked, context, nextLoad) {
      const found = nextLoad(asked, context);
      if (asked !== url) return found;
      if (found.source === undefined || found.source === null)
        throw new Error(`mutant ${mutant.name}: no source of ${asked}`);
      loaded++;
      const source =
        typeof found.source === 'string' ? found.source : Buffer.from(found.source as Uint8Array).toString();
      return { ...found, source: mutated(mutant, source) };
    },
  });
  return () => loaded;
}
