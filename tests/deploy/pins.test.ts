import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { pinned, replaceable } from '../../deploy/images/pins.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const VERSION = /^v?\d+(\.\d+)*$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const digest = `sha256:${'a1'.repeat(32)}`;

test('every image that docker-compose.yml takes from elsewhere has a version, and a variable to name it by digest', () => {
  const images = replaceable(text('docker-compose.yml'));
  assert.deepEqual(images.map(({ variable }) => variable).toSorted(), [
    ...['GRAFANA_IMAGE', 'KAFKA_IMAGE', 'POSTGRES_IMAGE', 'PROMETHEUS_IMAGE', 'REGISTRY_IMAGE'],
  ]);
  for (const { image } of images) assert.match(image.split(':')[1] ?? '', VERSION, image);
  const all = text('docker-compose.yml').match(/^\s+image: .*$/gm) ?? [];
  for (const line of all) assert.match(line, /image: \$\{\w+_IMAGE:-[^}]+\}$/);
  // Two services with one image have one version of it.
  for (const variable of images.map((each) => each.variable))
    assert.equal(new Set(all.filter((line) => line.includes(`{${variable}:`))).size, 1, variable);
});

test('what was pulled is named by version and digest; what has no digest is told', () => {
  const images = [
    { variable: 'KAFKA_IMAGE', image: 'apache/kafka:4.1.1' },
    { variable: 'POSTGRES_IMAGE', image: 'postgres:18' },
  ];
  assert.deepEqual(
    pinned(images, (image) => (image === 'postgres:18' ? null : digest)),
    { lines: [`KAFKA_IMAGE=apache/kafka:4.1.1@${digest}`], without: ['postgres:18'] },
  );
});

test('the chart has one place for its image: a tag that is a version, or a digest, which wins', () => {
  for (const path of globSync('deploy/helm/medallion/templates/**/*.{yaml,tpl}', { cwd: ROOT }))
    for (const line of text(path).match(/^\s*(- )?image: .*$/gm) ?? [])
      assert.match(line, /image: \{\{ include "medallion\.image" /, path);
  const chart = parse(text('deploy/helm/medallion/Chart.yaml')) as { appVersion: string };
  assert.match(String(chart.appVersion), VERSION);
  for (const path of [
    'medallion/values.yaml',
    ...globSync('examples/*.values.yaml', { cwd: join(ROOT, 'deploy/helm') }),
  ]) {
    const { image } = parse(text(`deploy/helm/${path}`)) as { image: { tag?: string; digest?: string } };
    if (image.digest) assert.match(image.digest, DIGEST, path);
    else if (image.tag) assert.match(image.tag, VERSION, path);
    else assert.equal(path, 'medallion/values.yaml', `${path} names a version or a digest`);
  }
});

test('what runs in production is named by digest: the examples for it, and what Terraform takes', () => {
  for (const name of ['production', 'operators']) {
    const { image } = parse(text(`deploy/helm/examples/${name}.values.yaml`)) as { image: { digest?: string } };
    assert.match(image.digest ?? '', DIGEST, name);
  }
  for (const path of ['aws', 'kubernetes'])
    assert.match(text(`deploy/terraform/modules/${path}/variables.tf`), /sha256:\[0-9a-f\]\{64\}/, path);
});
