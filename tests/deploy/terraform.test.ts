import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { exceptions } from '../../deploy/terraform/check/policies.ts';
import { formatted, ROOTS } from '../../deploy/terraform/check/terraform.ts';
import { allSettings } from '../../libs/service/src/index.ts';
import { dashboardSettings } from '../../services/dashboard/src/settings.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const TERRAFORM = join(ROOT, 'deploy', 'terraform');
const read = (path: string): string => readFileSync(join(TERRAFORM, path), 'utf8');
const all = (module: string): string =>
  globSync('*.tf', { cwd: join(TERRAFORM, module) })
    .map((file) => read(join(module, file)))
    .join('\n');

test('all files are written as terraform fmt writes them', async (t) => {
  const { outcome, says } = await formatted(TERRAFORM);
  if (outcome === 'not run') t.skip(says);
  else assert.equal(outcome, 'passed', says);
});

test('every exception to a policy has a reason', () => {
  const found = exceptions(TERRAFORM);
  assert.ok(found.length > 10);
  for (const { file, policy, reason } of found) assert.ok(reason.length > 30, `${policy} in ${file}: why?`);
});

test('every variable and output is described, in its file and in the README of its module', () => {
  for (const { path } of ROOTS) {
    for (const [, kind, name, body = ''] of all(path).matchAll(/^(variable|output) "(\w+)" \{\n([\s\S]*?)^\}/gm)) {
      assert.match(body, /^ {2}description +=/m, `${kind} ${name} in ${path}`);
      if (path.startsWith('modules/'))
        assert.ok(read(`${path}/README.md`).includes(`\`${name}\``), `${name} in ${path}`);
    }
  }
});

test('the module for Kubernetes sets only what the services know', () => {
  const known = new Set([...Object.keys(allSettings), ...Object.keys(dashboardSettings)]);
  const names = [...read('modules/kubernetes/locals.tf').matchAll(/^ +([A-Z][A-Z0-9_]+) +=/gm)].map(
    ([, name = '']) => name,
  );
  assert.ok(names.length > 15);
  for (const name of names) assert.ok(known.has(name) || known.has(name.replace(/_FILE$/, '')), name);
});

test('no setting that is a secret is taken among the settings, which are readable in the cluster', () => {
  const [, settings = ''] =
    /^variable "settings" \{\n([\s\S]*?)^\}/m.exec(read('modules/kubernetes/variables.tf')) ?? [];
  const [, pattern = ''] = /can\(regex\("([^"]+)", name\)\)/.exec(settings) ?? [];
  assert.ok(pattern.length > 0);
  const all = Object.entries({ ...allSettings, ...dashboardSettings });
  const wrong = all.filter(([name, { secret }]) => secret !== new RegExp(pattern).test(name)).map(([name]) => name);
  assert.deepEqual(wrong, []);
});

test('the release is told only what the values of the chart have', () => {
  const values = parse(readFileSync(join(ROOT, 'deploy/helm/medallion/values.yaml'), 'utf8')) as Record<
    string,
    unknown
  >;
  const [, block = ''] = /^ {2}values = \{\n([\s\S]*?)^ {2}\}/m.exec(read('modules/aws/release.tf')) ?? [];
  const names = [...block.matchAll(/^ {4}(\w+) +=/gm)].map(([, name = '']) => name);
  assert.ok(names.length > 8);
  for (const name of names) assert.ok(name in values, name);
});

test('passwords are ephemeral, so that Terraform itself refuses them wherever a state would keep them', () => {
  for (const { path } of ROOTS.filter((it) => it.path.startsWith('modules/')))
    assert.match(all(path), /variable "passwords" \{[\s\S]*?\n {2}ephemeral = true\n\}/, path);
});
