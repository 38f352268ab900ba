import { CATALOGUE } from './catalogue.ts';
import { lineOf, pageOf, savePage } from './mutants-table.ts';
import { runMutants } from './run-mutants.ts';

/** What is run of the catalogue. */
export type MutantsAsked = { readonly only: readonly string[]; readonly first: number; readonly seeds: number };

/** Runs the catalogue, or those named, and prints what became of each; saves the table of all. Whether all were caught. */
export async function simulateMutants({ only, first, seeds }: MutantsAsked): Promise<boolean> {
  const mutants = only.length === 0 ? CATALOGUE : CATALOGUE.filter(({ name }) => only.includes(name));
  const unknown = only.filter((name) => !mutants.some((mutant) => mutant.name === name));
  if (unknown.length > 0) throw new Error(`there is no mutant ${unknown.join(', ')}`);
  console.log(`${mutants.length} mutants, first seed ${first}, ${seeds} seeds each at most`);
  const runs = await runMutants({ mutants, first, seeds, onRun: (run) => console.log(lineOf(run)) });
  const caught = runs.filter((run) => run.caught !== null).length;
  console.log(`${caught} of ${runs.length} caught`);
  if (only.length === 0) console.log(`saved as ${savePage(pageOf(runs, first, seeds))}`);
  return caught === runs.length;
}
