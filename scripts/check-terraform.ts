// npm run check:terraform [-- --strict]: format, validity, tests with stand-ins for the providers, and static policies of
// deploy/terraform. What could not be run is said, and is an error with --strict. Nothing is ever applied.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { policies } from '../deploy/terraform/check/policies.ts';
import { formatted, type Outcome, ROOTS, root } from '../deploy/terraform/check/terraform.ts';

const { values } = parseArgs({ options: { strict: { type: 'boolean', default: false } } });
const terraform = join(import.meta.dirname, '..', 'deploy', 'terraform');
const tools = join(import.meta.dirname, '..', '.medallion', 'tools');
mkdirSync(tools, { recursive: true });

const outcomes: Outcome[] = [];
const note = (...found: readonly Outcome[]): void => {
  for (const it of found) {
    console.log(`${it.outcome === 'not run' ? 'NOT RUN' : it.outcome}  ${it.check}: ${it.says}`);
    outcomes.push(it);
  }
};
note(await formatted(terraform));
for (const { path, tested } of ROOTS) note(...(await root(terraform, join(tools, 'terraform'), path, tested)));
note(...(await policies(terraform, tools)));
console.log('never applied: no account and no cluster has seen these modules');

const isFine = outcomes.every((it) => it.outcome === 'passed' || (it.outcome === 'not run' && !values.strict));
process.exitCode = isFine ? 0 : 3;
