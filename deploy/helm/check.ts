// node deploy/helm/check.ts [--crds FOLDER]: the whole check of the chart. Brings its tools, and says against what it compared.
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { rendersAll } from './checks/cases.ts';
import { lint } from './checks/helm.ts';
import { EXCEPTIONS, score } from './checks/kube-score.ts';
import { conform } from './checks/kubeconform.ts';
import { schemas, schemasIn } from './checks/schemas.ts';
import { tool } from './checks/tools.ts';

const { values: options } = parseArgs({ options: { crds: { type: 'string' } } });
let failed = 0;

/** Prints what a part of the check found. */
function report(what: string, problems: readonly string[]): void {
  console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${what}`);
  for (const problem of problems) console.log(`         ${problem}`);
  failed += problems.length;
}

const notRun = (what: string): void => console.log(`NOT RUN ${what}`);

/** Definitions that no package has, from a folder of the one who asks. */
function givenSchemas(folder: string, work: string): string {
  for (const path of globSync('**/*.yaml', { cwd: folder }))
    for (const [file, schema] of schemasIn(join(folder, path))) writeFileSync(join(work, file), JSON.stringify(schema));
  return join(work, '{{.ResourceKind}}-{{.Group}}-{{.ResourceAPIVersion}}.json');
}

const helm = await tool('helm');
report('helm lint --strict', await lint(helm));
const { problems, texts } = await rendersAll(helm);
report(`helm template and the policies: ${texts.size} uses of the chart, and what has to be refused`, problems);

const work = mkdtempSync(join(tmpdir(), 'medallion-crds-'));
try {
  const { locations, from } = await schemas(notRun);
  const all = options.crds === undefined ? locations : [...locations, givenSchemas(options.crds, work)];
  const manifests = globSync('examples/*/*.yaml', { cwd: import.meta.dirname });
  const beside = manifests.map((path) => readFileSync(join(import.meta.dirname, path), 'utf8'));
  const found = await conform(await tool('kubeconform'), all, [...texts.values(), ...beside].join('\n---\n'));
  report(`kubeconform -strict: ${found.valid} objects, by the schemas of ${from.join('; ')}`, found.problems);
  if (found.unknown.length > 0)
    notRun(
      `kinds without a schema, whose definitions no package has (give them with --crds): ${found.unknown.join(', ')}`,
    );
} finally {
  rmSync(work, { recursive: true, force: true });
}

const used = new Set<string>();
const examples = [...texts].filter(([name]) => name.startsWith('example '));
for (const [name, text] of examples) report(`kube-score: ${name}`, await score(await tool('kube-score'), text, used));
for (const [id, reason] of Object.entries(EXCEPTIONS)) console.log(`       excepted: ${id}: ${reason}`);
report(
  'every exception is needed',
  Object.keys(EXCEPTIONS).filter((id) => !used.has(id)),
);
process.exitCode = failed > 0 ? 1 : 0;
