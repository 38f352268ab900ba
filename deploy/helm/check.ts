// node deploy/helm/check.ts [--strict]: the whole check of the chart. Brings its tools, and says against what it compared. What
// could not be run is said, and is an error with --strict.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tool } from '../checks/tools.ts';
import { rendersAll } from './checks/cases.ts';
import { lint } from './checks/helm.ts';
import { EXCEPTIONS, score } from './checks/kube-score.ts';
import { conform } from './checks/kubeconform.ts';
import { schemas } from './checks/schemas.ts';

const { values: options } = parseArgs({ options: { strict: { type: 'boolean', default: false } } });
let failed = 0;

/** Prints what a part of the check found. */
function report(what: string, problems: readonly string[]): void {
  console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${what}`);
  for (const problem of problems) console.log(`         ${problem}`);
  failed += problems.length;
}

const helm = await tool('helm');
report('helm lint --strict', await lint(helm));
const { problems, texts } = await rendersAll(helm);
report(`helm template and the policies: ${texts.size} uses of the chart, and what has to be refused`, problems);

const missing: string[] = [];
const { locations, from } = await schemas((what) => missing.push(what));
for (const what of missing) console.log(`NOT RUN schemas of ${what}`);
const manifests = globSync('examples/*/*.yaml', { cwd: import.meta.dirname });
const beside = manifests.map((path) => readFileSync(join(import.meta.dirname, path), 'utf8'));
const found = await conform(await tool('kubeconform'), locations, [...texts.values(), ...beside].join('\n---\n'));
report(`kubeconform -strict: ${found.valid} objects, by the schemas of ${from.join('; ')}`, found.problems);
if (missing.length === 0) report('every kind has a schema', found.unknown);
else console.log(`NOT RUN kinds without a schema: ${found.unknown.join(', ') || 'none'}`);
if (options.strict) failed += missing.length;

const used = new Set<string>();
const examples = [...texts].filter(([name]) => name.startsWith('example '));
for (const [name, text] of examples) report(`kube-score: ${name}`, await score(await tool('kube-score'), text, used));
for (const [id, reason] of Object.entries(EXCEPTIONS)) console.log(`       excepted: ${id}: ${reason}`);
report(
  'every exception is needed',
  Object.keys(EXCEPTIONS).filter((id) => !used.has(id)),
);
process.exitCode = failed > 0 ? 1 : 0;
