import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import {
  type Bom,
  type Component,
  invalid,
  isOurs,
  licenceProblems,
  makeBom,
  nameOf,
  READ_BY_A_PERSON,
  ROOT,
  settled,
  signatures,
  vulnerabilities,
} from '../../deploy/supply-chain/index.ts';

const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const component = (name: string, id?: string): Component => ({
  type: 'library',
  name,
  version: '1.0.0',
  ...(id === undefined ? {} : { licenses: [{ license: { id } }] }),
});

test('no package may run a script when it is installed', () => {
  const workspace = parse(text('pnpm-workspace.yaml')) as { allowBuilds: Record<string, boolean> };
  assert.deepEqual(
    Object.entries(workspace.allowBuilds).filter(([, allowed]) => allowed !== false),
    [],
  );
  assert.doesNotMatch(text('pnpm-workspace.yaml'), /dangerouslyAllowAllBuilds|onlyBuiltDependencies/);
});

test('every package of the lockfile comes from the registry and has a SHA-512', () => {
  const { packages } = parse(text('pnpm-lock.yaml')) as {
    packages: Record<string, { resolution: Record<string, string> }>;
  };
  assert.ok(Object.keys(packages).length > 100);
  for (const [name, { resolution }] of Object.entries(packages)) {
    assert.match(resolution.integrity ?? '', /^sha512-/, name);
    assert.deepEqual(Object.keys(resolution), ['integrity'], `${name} comes from elsewhere`);
  }
});

test('images that files name have a version, never latest; a build starts from nothing but a named base', () => {
  for (const path of globSync('{docker-compose*.yml,deploy/**/*.{yml,yaml}}', { cwd: ROOT })) {
    if (path.includes('node_modules') || path.includes('/templates/')) continue;
    for (const [, image = ''] of text(path).matchAll(/^\s*image:\s*["']?([^\s"'#{]+)["']?\s*$/gm))
      assert.match(image, /(^medallion$)|(^\$)|:[^:/]*\d[^:/]*$|@sha256:[0-9a-f]{64}$/, `${image} in ${path}`);
  }
  if (!existsSync(join(ROOT, 'deploy/images/Dockerfile'))) return;
  const dockerfile = text('deploy/images/Dockerfile');
  const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)/gm)].map(([, name]) => name);
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
  for (const base of bases)
    assert.ok(
      base === 'scratch' || base === `\${NODE_IMAGE}` || stages.includes(base),
      `${base} is neither base nor stage`,
    );
});

test('what a base image is, is an argument, so that a release can name it by digest', () => {
  const [, base = ''] = /^ARG NODE_IMAGE=(\S+)$/m.exec(text('deploy/images/Dockerfile')) ?? [];
  assert.match(base, /^node:24/);
});

test('a licence that is unknown or not allowed is named with its package', () => {
  const problems = licenceProblems([component('good', 'MIT'), component('bad', 'AGPL-3.0-only'), component('silent')]);
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? '', /^bad@1\.0\.0: AGPL-3\.0-only/);
  assert.match(problems[1] ?? '', /^silent@1\.0\.0: names no licence/);
});

test('of a choice of licences one allowed is enough, of a sum all are needed', () => {
  const of = (expression: string): Component => ({ ...component('x'), licenses: [{ expression }] });
  assert.deepEqual(licenceProblems([of('(MIT OR GPL-3.0-only)'), of('MIT AND ISC')]), []);
  assert.equal(licenceProblems([of('MIT AND GPL-3.0-only'), of('GPL-2.0-only OR GPL-3.0-only')]).length, 2);
});

test('the same lockfile gives the same list, another one another', () => {
  const bom = (timestamp: string): Bom => ({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${timestamp}`,
    metadata: { timestamp },
    components: [component('a', 'MIT')],
  });
  assert.deepEqual(settled(bom('1'), 'lock'), settled(bom('2'), 'lock'));
  assert.notEqual(settled(bom('1'), 'lock').serialNumber, settled(bom('1'), 'other').serialNumber);
});

test('the list of the real lockfile is valid CycloneDX, complete, and all its licences are allowed', async () => {
  const bom = await makeBom();
  const names = bom.components.map(nameOf);
  for (const expected of ['kafkajs@2.2.4', 'pg@8.23.1', 'avsc@5.7.9', 'prom-client@15.1.3'])
    assert.ok(names.includes(expected), expected);
  assert.deepEqual(licenceProblems(bom.components.filter((it) => !isOurs(it))), []);
  assert.equal(await invalid(JSON.stringify(bom)), null);
  assert.notEqual(await invalid(JSON.stringify({ ...bom, components: [{ name: 'no type' }] })), null);
  for (const name of Object.keys(READ_BY_A_PERSON)) assert.ok(names.includes(name), `${name} is no longer used`);
});

test('a registry without keys verifies nothing, and that is not called a success', () => {
  const says = (answer: unknown, code = 0) => signatures({ code, stdout: JSON.stringify(answer), stderr: '' }).outcome;
  assert.equal(says({ audited: 0, invalid: [], missing: [], verified: 0 }), 'unknown');
  assert.equal(says({ audited: 9, invalid: [], missing: [], verified: 9 }), 'passed');
  assert.equal(says({ audited: 9, invalid: [{ name: 'x' }], missing: [], verified: 8 }, 1), 'failed');
  assert.equal(says({ audited: 9, invalid: [], missing: [{ name: 'x' }], verified: 8 }, 0), 'failed');
  assert.equal(signatures({ code: 1, stdout: '', stderr: 'no network' }).outcome, 'unknown');
});

test('a high or critical vulnerability fails, a low one is told, no answer is not called a success', () => {
  const found = (counts: Record<string, number>) =>
    vulnerabilities({ code: 0, stdout: JSON.stringify({ metadata: { vulnerabilities: counts } }), stderr: '' });
  assert.equal(found({ low: 0, high: 0 }).outcome, 'passed');
  assert.equal(found({ low: 2, high: 1 }).outcome, 'failed');
  assert.equal(found({ critical: 1 }).outcome, 'failed');
  assert.match(found({ low: 2, high: 0 }).says, /2 low/);
  assert.equal(vulnerabilities({ code: 1, stdout: '', stderr: 'refused: 405' }).outcome, 'unknown');
});
