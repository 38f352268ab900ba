import { CATALOGUE } from './catalogue.ts';
import { loadMutated } from './mutate.ts';

// A process of its own, in which one module is loaded with a defect; it plays the run that shows it, and ends.
const [, , name = ''] = process.argv;
const mutant = CATALOGUE.find((each) => each.name === name);
if (mutant === undefined) throw new Error(`there is no mutant ${name}`);
loadMutated(mutant);
const { play } = await import('@medallion/testkit');
const { SHOWN_BY } = await import('./shown-by.ts');
const { worldOf } = await import('../worlds.ts');
const scenario = SHOWN_BY[name]!();
const { violations } = await play(scenario, worldOf(scenario.world));
process.send?.(violations);
process.disconnect?.();
