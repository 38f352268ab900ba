import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type Crd, schemasOfCrd } from './crd-schema.ts';
import { run } from './run.ts';
import { lastLines, toolsFolder } from './tools.ts';

/** Kubernetes' own schemas: the package kubernetes-validate of PyPI carries those of each release. */
const KUBERNETES = {
  requirement: 'kubernetes-validate==1.37.0',
  sha256: '85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9',
} as const;

/** The oldest release that the chart takes, and the newest that is known here. */
export const KUBERNETES_VERSIONS = ['1.30.0', '1.37.0'] as const;

/** Definitions of custom resources, out of their projects' Go modules. */
const CRDS = [
  { name: 'KEDA', module: 'github.com/kedacore/keda/v2@v2.20.2', files: 'config/crd/bases/*.yaml' },
  {
    name: 'Prometheus operator',
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    files: 'example/prometheus-operator-crd/*.yaml',
  },
  {
    name: 'External Secrets',
    module: 'github.com/external-secrets/external-secrets@v1.3.2',
    files: 'deploy/crds/bundle.yaml',
  },
] as const;

/** Where kubeconform looks for schemas, and from what they were made. */
export type Schemas = { readonly locations: readonly string[]; readonly from: readonly string[] };

const folder = (): string => join(toolsFolder(), 'schemas');

/** The schemas, brought where they are not there yet. `ended` of each that could not be had is told to `onMissing`. */
export async function schemas(onMissing: (problem: string) => void): Promise<Schemas> {
  const locations: string[] = [];
  const from: string[] = [];
  const add = async (what: string, location: () => Promise<string>): Promise<void> => {
    try {
      locations.push(await location());
      from.push(what);
    } catch (error) {
      onMissing(`${what}: ${error instanceof Error ? error.message : error}`);
    }
  };
  await add(`Kubernetes ${KUBERNETES_VERSIONS.join(' and ')} (PyPI ${KUBERNETES.requirement})`, kubernetes);
  for (const crds of CRDS) await add(`${crds.name} (Go module ${crds.module})`, () => crdsOf(crds));
  return { locations, from };
}

async function kubernetes(): Promise<string> {
  const kept = join(folder(), `${KUBERNETES.requirement.replace('==', '-')}-strict`);
  await once(kept, async (work) => {
    const file = join(work, 'requirements.txt');
    writeFileSync(file, `${KUBERNETES.requirement} --hash=sha256:${KUBERNETES.sha256}\n`);
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--require-hashes', '--no-compile'];
    const got = await run('python3', [...pip, '--target', work, '-r', file], { timeoutMs: 300_000 });
    if (got.code !== 0) throw new Error(lastLines(got.stderr));
    copyReleases(join(work, 'kubernetes_validate/kubernetes-json-schema'), work);
    rmSync(join(work, 'kubernetes_validate'), { recursive: true });
  });
  return join(kept, '{{.NormalizedKubernetesVersion}}/{{.ResourceKind}}{{.KindSuffix}}.json');
}

/** The strict schemas of the releases that are looked at, with references that lead to where they are. */
function copyReleases(from: string, to: string): void {
  for (const version of KUBERNETES_VERSIONS) {
    mkdirSync(join(to, `v${version}`));
    const source = join(from, `v${version}-local-strict`);
    for (const name of readdirSync(source)) {
      const text = readFileSync(join(source, name), 'utf8').replaceAll('"/api/_definitions.json', '"_definitions.json');
      // By its id a schema would be looked for on the web, and so would what it refers to.
      const { $id: _, ...schema } = JSON.parse(text) as { readonly $id?: string };
      writeFileSync(join(to, `v${version}`, name), JSON.stringify(schema));
    }
  }
}

async function crdsOf({ name, module, files }: (typeof CRDS)[number]): Promise<string> {
  const kept = join(folder(), module.replaceAll('/', '_'));
  await once(kept, async (work) => {
    const got = await run('go', ['mod', 'download', '-json', module], { timeoutMs: 300_000 });
    if (got.code !== 0) throw new Error(lastLines(got.stderr || got.stdout));
    const { Dir: source } = JSON.parse(got.stdout) as { readonly Dir: string };
    const made = globSync(files, { cwd: source }).flatMap((file) => [...schemasIn(join(source, file))]);
    if (made.length === 0) throw new Error(`${name} keeps no definitions in ${files} any more`);
    for (const [file, schema] of made) writeFileSync(join(work, file), JSON.stringify(schema));
  });
  return join(kept, '{{.ResourceKind}}-{{.Group}}-{{.ResourceAPIVersion}}.json');
}

/** The schemas of the definitions in a file. */
export function schemasIn(path: string): ReadonlyMap<string, unknown> {
  const documents = parseAllDocuments(readFileSync(path, 'utf8')).map((each) => each.toJS() as Crd | null);
  const crds = documents.filter((each) => each?.kind === 'CustomResourceDefinition');
  return new Map(crds.flatMap((crd) => (crd === null ? [] : [...schemasOfCrd(crd)])));
}

/** Fills a folder whole or not at all; one that is there stays. */
async function once(kept: string, fill: (work: string) => Promise<void>): Promise<void> {
  if (existsSync(kept)) return;
  mkdirSync(folder(), { recursive: true });
  const work = mkdtempSync(`${kept}-`);
  try {
    await fill(work);
    renameSync(work, kept);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
