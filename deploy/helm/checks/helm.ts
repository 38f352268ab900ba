import { parseAllDocuments, stringify } from 'yaml';
import { run } from '../../checks/run.ts';
import { CHART } from '../generate.ts';
import type { KubernetesObject } from './objects.ts';
import { KUBERNETES_VERSIONS } from './schemas.ts';

/** What helm said: the rendered text and its objects, or why it refused. */
export type Rendered =
  | { readonly ok: true; readonly text: string; readonly objects: readonly KubernetesObject[] }
  | { readonly ok: false; readonly reason: string };

/** Values of a chart. */
export type Values = { readonly [name: string]: unknown };

/** Renders the chart with files of values, and `values` after them. */
export async function render(helm: string, files: readonly string[], values: Values = {}): Promise<Rendered> {
  const given = files.flatMap((file) => ['--values', file]);
  const args = ['template', 'release', CHART, '--namespace', 'medallion', '--kube-version', KUBERNETES_VERSIONS[0]];
  const { code, stdout, stderr } = await run(helm, [...args, ...given, '--values', '-'], { input: stringify(values) });
  if (code !== 0) return { ok: false, reason: stderr.trim() };
  return { ok: true, text: stdout, objects: objectsIn(stdout) };
}

/** The objects in a text of YAML documents. */
export const objectsIn = (text: string): readonly KubernetesObject[] =>
  parseAllDocuments(text)
    .map((document) => {
      // Two values of one name, or anything else that is no YAML, must not be read in some way or other.
      if (document.errors[0] !== undefined) throw document.errors[0];
      return document.toJS() as KubernetesObject | null;
    })
    .filter((object) => object !== null);

/** What `helm lint --strict` finds. A refusal of the templates is none: lint only remarks on those. */
export async function lint(helm: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await run(helm, [
    'lint',
    '--strict',
    '--quiet',
    CHART,
    '--kube-version',
    KUBERNETES_VERSIONS[0],
  ]);
  return code === 0 ? [] : [`${stdout}${stderr}`.trim()];
}
