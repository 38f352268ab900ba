// node deploy/helm/generate.ts: writes what the chart has from elsewhere. A test tells when it is no longer the same.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { allFlows } from './flows.ts';
import { valuesSchema } from './schema/values.ts';

/** The chart's folder. */
export const CHART = join(import.meta.dirname, 'medallion');

/** Where Prometheus' own rules are, with their tests. */
const RULES = join(import.meta.dirname, '../prometheus/rules');

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** The files of the chart that are made of other files, by their path in it. */
export async function generated(): Promise<ReadonlyMap<string, string>> {
  const rules = readdirSync(RULES).filter((name) => name.endsWith('.yml'));
  return new Map([
    ['values.schema.json', json(valuesSchema())],
    ['files/flows.json', json(await allFlows())],
    ...rules.map((name): [string, string] => [`files/rules/${name}`, readFileSync(join(RULES, name), 'utf8')]),
  ]);
}

/** The rules that the chart has now, by name. */
export const keptRules = (): readonly string[] =>
  readdirSync(join(CHART, 'files/rules')).filter((name) => name.endsWith('.yml'));

if (import.meta.main) {
  const files = await generated();
  for (const [path, text] of files) {
    mkdirSync(dirname(join(CHART, path)), { recursive: true });
    writeFileSync(join(CHART, path), text);
  }
  for (const name of keptRules())
    if (!files.has(`files/rules/${basename(name)}`)) rmSync(join(CHART, 'files/rules', name));
}
