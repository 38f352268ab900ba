import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { nameOf, READ_BY_A_PERSON } from './licences.ts';
import { pnpm, ROOT } from './pnpm.ts';

/** What this code looks at in a component of a CycloneDX document. */
export type Component = {
  readonly type: string;
  readonly name: string;
  readonly group?: string;
  readonly version?: string;
  readonly purl?: string;
  readonly licenses?: readonly {
    readonly license?: { readonly id?: string; readonly name?: string };
    readonly expression?: string;
  }[];
};

/** What this code looks at in a CycloneDX document; the rest is carried along. */
export type Bom = {
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: string;
  readonly serialNumber?: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly components: readonly Component[];
};

const ownLicence = { licenses: [{ license: { name: 'Proprietary: see the repository' } }] };

/** Whether a component is a part of this workspace, which nobody fetches from a registry. */
export const isOurs = (component: Component): boolean => component.group === '@medallion';

/** An identity of what is in it, so that the same lockfile gives the same document, byte for byte. */
const serialOf = (lockfile: string): string => {
  const hex = createHash('sha256').update(lockfile).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** pnpm's document with what is known beyond it, and without what differs between two runs. */
export const settled = (bom: Bom, lockfile: string): Bom => {
  const { timestamp: _, ...metadata } = bom.metadata;
  const components = bom.components.map((component) => {
    const known = READ_BY_A_PERSON[nameOf(component)];
    if (component.licenses !== undefined) return component;
    if (isOurs(component)) return { ...component, ...ownLicence };
    return known === undefined ? component : { ...component, licenses: [{ license: { id: known } }] };
  });
  return { ...bom, serialNumber: serialOf(lockfile), metadata, components };
};

/** The CycloneDX 1.6 document of what runs in production: every package of the lockfile, with version, hash and licence. */
export const makeBom = async (): Promise<Bom> => {
  const args = [
    'sbom',
    '--sbom-format',
    'cyclonedx',
    '--sbom-spec-version',
    '1.6',
    '--sbom-type',
    'application',
    '--prod',
  ];
  const { code, stdout, stderr } = await pnpm(args);
  if (code !== 0) throw new Error(`pnpm sbom ended with ${code}: ${stderr}`);
  return settled(JSON.parse(stdout) as Bom, readFileSync(join(ROOT, 'pnpm-lock.yaml'), 'utf8'));
};

/** What the JSON schema of CycloneDX 1.6 says against a document; null: nothing. */
export const invalid = async (bom: string): Promise<string | null> => {
  const problem = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(bom);
  return problem === null ? null : JSON.stringify(problem);
};
