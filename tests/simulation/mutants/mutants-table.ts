import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { MutantRun } from './run-mutants.ts';

const PAGE = resolve(import.meta.dirname, '../../../docs/simulation-mutants.md');

/** One line for a terminal. */
export function lineOf({ mutant, played, caught, passedOver }: MutantRun): string {
  const broken = passedOver.length === 0 ? '' : `, of which ${passedOver.length} break without it too`;
  return caught === null
    ? `NOT CAUGHT  ${mutant.name} (${mutant.breaks}): ${played} seeds${broken}`
    : `caught      ${mutant.name} (${mutant.breaks}): seed ${caught.seed}, the ${ordinal(played)}: ${caught.violation.invariant}: ${caught.violation.what.slice(0, 160)}`;
}

/** The table as a page. */
export function pageOf(runs: readonly MutantRun[], first: number, seeds: number): string {
  const missed = runs.filter(({ caught }) => caught === null);
  const passedOver = [...new Set(runs.flatMap((run) => run.passedOver))].sort((a, b) => a - b);
  return `# Mutants of the simulator

Written by \`npm run simulate -- --mutants\`; do not edit. A mutant is a deliberate defect in one place of one module. Each is
loaded in processes of its own, which play seeds from ${first} on until a promise breaks, ${seeds} at most. The same seed is then
played without the mutant, and counts only if all promises hold there.

${runs.length - missed.length} of ${runs.length} were caught${missed.length === 0 ? '.' : `; not caught: ${missed.map(({ mutant }) => `\`${mutant.name}\``).join(', ')}.`}
${passedOver.length === 0 ? '' : `\nSeeds that broke a promise without a mutant, and were passed over: ${passedOver.join(', ')}.\n`}
| mutant | breaks | in | seeds until caught | caught by |
|---|---|---|---:|---|
${runs.map(rowOf).join('\n')}
`;
}

/** Saves the page, and says where. */
export function savePage(page: string): string {
  writeFileSync(PAGE, page);
  return PAGE;
}

const rowOf = ({ mutant, played, caught }: MutantRun): string =>
  `| ${mutant.name} | ${mutant.breaks} | ${mutant.file.split('/').at(-1)} | ${caught === null ? `– (${played})` : played} | ${caught?.violation.invariant ?? '**not caught**'} |`;

function ordinal(n: number): string {
  const ending = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}
