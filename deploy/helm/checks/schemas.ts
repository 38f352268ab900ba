import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { once } from '../../checks/kept.ts';
import { installPackage, type PythonPackage } from '../../checks/pip.ts';
import { run } from '../../checks/run.ts';
import { lastLines, toolsFolder } from '../../checks/tools.ts';
import { type Crd, schemasOfCrd } from './crd-schema.ts';
import { STRIMZI, strimziDefinitions } from './strimzi.ts';

/** Kubernetes' own schemas: the package kubernetes-validate of PyPI carries those of each release. */
const KUBERNETES: PythonPackage = {
  requirement: 'kubernetes-validate==1.37.0',
  sha256: ['85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9'],
};

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
  {
    name: 'CloudNativePG',
    module: 'github.com/cloudnative-pg/cloudnative-pg@v1.30.0',
    files: 'config/crd/bases/*.yaml',
  },
] as const;

/** Where kubeconform looks for schemas, and from what they were made. */
export type Schemas = { readonly locations: readonly string[]; readonly from: readonly string[] };

/** What kubeconform calls the schema of a custom resource. */
const CRD_FILE = '{{.ResourceKind}}-{{.Group}}-{{.ResourceAPIVersion}}.json';

const folder = (): string => join(toolsFolder(), 'schemas');

/** The schemas, brought where they are not there yet. Which could not be had, and why, is told to `onMissing`. */
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
  await add(`Strimzi (made by its generator ${STRIMZI} of Maven Central)`, strimzi);
  return { locations, from };
}

async function kubernetes(): Promise<string> {
  const kept = join(folder(), `${KUBERNETES.requirement.replace('==', '-')}-strict`);
  await once(kept, async (work) => {
    await installPackage(KUBERNETES, work);
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
    const definitions = globSync(files, { cwd: source }).map((file) => join(source, file));
    if (writeSchemas(definitions, work) === 0) throw new Error(`${name} keeps no definitions in ${files} any more`);
  });
  return join(kept, CRD_FILE);
}

async function strimzi(): Promise<string> {
  const kept = join(folder(), `strimzi-${STRIMZI}`);
  await once(kept, async (work) => {
    // Java and its classes are needed for this once, and are not kept.
    const makings = mkdtempSync(join(tmpdir(), 'medallion-strimzi-'));
    try {
      writeSchemas(await strimziDefinitions(makings), work);
    } finally {
      rmSync(makings, { recursive: true, force: true });
    }
  });
  return join(kept, CRD_FILE);
}

/** Writes the schemas of the definitions in some files; how many there were. */
function writeSchemas(definitions: readonly string[], to: string): number {
  const made = definitions.flatMap((path) => [...schemasIn(path)]);
  for (const [file, schema] of made) writeFileSync(join(to, file), JSON.stringify(schema));
  return made.length;
}

function schemasIn(path: string): ReadonlyMap<string, unknown> {
  const documents = parseAllDocuments(readFileSync(path, 'utf8')).map((each) => each.toJS() as Crd | null);
  const crds = documents.filter((each) => each?.kind === 'CustomResourceDefinition');
  return new Map(crds.flatMap((crd) => (crd === null ? [] : [...schemasOfCrd(crd)])));
}
