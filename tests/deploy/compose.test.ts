import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

type Service = {
  readonly image: string;
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly network_mode?: string;
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly privileged?: boolean;
  readonly container_name?: string;
  readonly healthcheck?: { readonly test?: unknown; readonly disable?: boolean };
  readonly deploy?: { readonly resources?: { readonly limits?: Readonly<Record<string, string>> } };
};

const text = readFileSync(join(import.meta.dirname, '..', '..', 'docker-compose.yml'), 'utf8');
const file = parse(text, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
};
const services = Object.entries(file.services);

test('every container is confined: no root to write to, no capabilities, no new privileges, bounds of memory and processor', () => {
  for (const [name, service] of services) {
    assert.equal(service.read_only, true, name);
    assert.deepEqual(service.cap_drop, ['ALL'], name);
    assert.equal(service.cap_add, undefined, name);
    assert.equal(service.privileged, undefined, name);
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
    const limits = service.deploy?.resources?.limits ?? {};
    assert.ok(limits.memory && limits.cpus, `${name} has limits`);
  }
});

test('only the pages are published, and on 127.0.0.1 alone', () => {
  const published = services.filter(([, { ports }]) => ports !== undefined);
  assert.deepEqual(published.map(([name]) => name).toSorted(), ['dashboard', 'grafana']);
  for (const port of published.flatMap(([, { ports }]) => ports!)) assert.match(port, /^127\.0\.0\.1:/);
});

test('what asks nobody who they are is on a network without a way in or out', () => {
  assert.equal(file.networks.inside?.internal, true);
  for (const [name, { networks, network_mode }] of services) {
    if (network_mode === 'none') continue;
    assert.ok(networks?.includes('inside'), name);
    assert.equal(networks?.includes('outside'), ['dashboard', 'grafana'].includes(name), name);
  }
});

test('services can be scaled: no name and no port that only one can have', () => {
  for (const name of ['bronze-ingest', 'silver-enrich', 'gold-aggregate']) {
    assert.equal(file.services[name]?.ports, undefined);
    assert.equal(file.services[name]?.container_name, undefined);
  }
});

test('a secret is in the volume of who needs it, and in no variable', () => {
  const holders = (volume: string): readonly string[] =>
    services
      .filter(([name, { volumes = [] }]) => name !== 'secrets' && volumes.some((each) => each.startsWith(`${volume}:`)))
      .map(([name]) => name);
  assert.deepEqual(holders('secrets-postgres'), ['postgres']);
  assert.deepEqual(holders('secrets-registry'), ['registry']);
  assert.deepEqual(holders('secrets-dashboard'), ['dashboard']);
  assert.deepEqual(holders('secrets-grafana'), ['grafana']);
  for (const [name, { volumes = [], environment = {} }] of services) {
    for (const volume of volumes) {
      if (name !== 'secrets' && volume.startsWith('secrets-')) assert.match(volume, /:ro$/, name);
    }
    for (const [variable, value] of Object.entries(environment)) {
      if (/PASSWORD|SECRET|TOKEN|DATABASE_URL/.test(variable))
        assert.match(String(value), /^\/run\/secrets\//, variable);
    }
  }
});

test('what runs for long is asked for its health; what ends is not', () => {
  const ours = /^\$\{MEDALLION_IMAGE/;
  for (const [name, { image, healthcheck }] of services) {
    const isJob = ['secrets', 'migrate', 'registry-rules'].includes(name);
    if (isJob) assert.equal(healthcheck?.disable, true, name);
    // The image has a check of its own.
    else if (!ours.test(image)) assert.ok(healthcheck?.test || name === 'grafana', name);
  }
});

test('every image has a version', () => {
  for (const [name, { image }] of services)
    if (!image.includes('MEDALLION_IMAGE')) assert.match(image, /:-[^:]+:v?\d+(\.\d+)*}$/, name);
});

test('docker-compose 1.29 reads the file too: none of the keys that it refuses', () => {
  const refused = [
    /^name:/m,
    /^include:/m,
    /start_interval:/,
    /required:/,
    /develop:/,
    /dockerfile_inline:/,
    /host_ip:/,
  ];
  const more = [
    /create_host_path/,
    /subpath:/,
    /attach:/,
    /post_start:/,
    /annotations:/,
    /!reset|!override/,
    /\$\{\w+:\+/,
  ];
  for (const key of [...refused, ...more]) assert.doesNotMatch(text, key);
  assert.doesNotMatch(text, /\$\{[^}]*\$\{/, 'no default within a default');
});
