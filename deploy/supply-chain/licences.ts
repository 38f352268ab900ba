import type { Component } from './bom.ts';

/** What may be in an image that is given to others: permissive ones, and MPL, whose files nobody here has changed. */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MPL-2.0',
  'PostgreSQL',
  'Python-2.0',
  'Unlicense',
  'WTFPL',
]);

/**
 * Packages whose manifest names no licence, by exact version: somebody has read the licence in the package itself.
 * Another version has to be read again.
 */
export const READ_BY_A_PERSON: Readonly<Record<string, string>> = {
  '@kafkajs/confluent-schema-registry@4.1.0': 'MIT', // the file LICENSE of the package
};

/** The parts of an expression such as `(MIT OR Apache-2.0)`; one allowed part is enough where there is a choice. */
const isAllowed = (licence: string): boolean => {
  const inner = licence.replace(/^\((.*)\)$/, '$1');
  if (inner.includes(' OR ')) return inner.split(' OR ').some((part) => isAllowed(part.trim()));
  if (inner.includes(' AND ')) return inner.split(' AND ').every((part) => isAllowed(part.trim()));
  return ALLOWED.has(inner);
};

/** The licences of a component as its SBOM names them. */
export const licencesOf = (component: Component): readonly string[] =>
  (component.licenses ?? []).flatMap((it) => it.expression ?? it.license?.id ?? it.license?.name ?? []);

/** One sentence for each component that may not be used, or of which nobody knows. Empty: all is well. */
export const licenceProblems = (components: readonly Component[]): readonly string[] =>
  components.flatMap((component) => {
    const name = nameOf(component);
    const licences = licencesOf(component);
    if (licences.length === 0) return [`${name}: names no licence; read it and note it in licences.ts`];
    return licences.filter((it) => !isAllowed(it)).map((it) => `${name}: ${it} is not among the allowed licences`);
  });

/** `@group/name@version`. */
export const nameOf = ({ group, name, version }: Component): string =>
  `${group === undefined ? '' : `${group}/`}${name}@${version ?? ''}`;
