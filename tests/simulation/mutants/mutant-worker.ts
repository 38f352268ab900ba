import { CATALOGUE } from './catalogue.ts';
import { loadMutated } from './mutate.ts';

// A process of its own, in which one module is loaded with a defect, or none; then it plays seeds as any other.
const [, , name] = process.argv;
const mutant = CATALOGUE.find((each) => each.name === name);
if (name !== undefined && mutant === undefined) throw new Error(`there is no mutant ${name}`);
const loaded = mutant === undefined ? null : loadMutated(mutant);
await import('../seeds-worker.ts');
if (loaded !== null && loaded() !== 1) throw new Error(`mutant ${name}: ${mutant?.file} was loaded ${loaded()} times`);
process.send?.('ready');
