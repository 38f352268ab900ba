import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { NODE_ARGUMENTS } from '@medallion/devstack';
import { parse } from 'yaml';
import { allSettings } from '../../libs/service/src/index.ts';

type Service = {
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly network_mode?: string;
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number | null>>;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly privileged?: boolean;
  readonly container_name?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
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
/** What ends; all else runs for long. */
const JOBS: readonly string[] = ['secrets', 'roles', 'registry-rules', 'migrate'];
const SERVICES = ['bronze-ingest', 'silver-enrich', 'gold-aggregate'] as const;

/** All that has to be up or done before a service starts, as `name condition`. */
function before(name: string, path: readonly string[] = []): ReadonlySet<string> {
  assert.ok(!path.includes(name), `${[...path, name].join(' → ')} wait for each other`);
  const own = Object.entries(file.services[name]?.depends_on ?? {});
  return new Set(own.flatMap(([other, { condition }]) => [`${other} ${condition}`, ...before(other, [...path, name])]));
}

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
  for (const name of SERVICES) {
    assert.equal(file.services[name]?.ports, undefined);
    assert.equal(file.services[name]?.container_name, undefined);
  }
});

test('a secret is in the volume of who needs it, and in no variable', () => {
  const holders = (volume: string): readonly string[] =>
    services
      .filter(([name, { volumes = [] }]) => name !== 'secrets' && volumes.some((each) => each.startsWith(`${volume}:`)))
      .map(([name]) => name);
  assert.deepEqual(holders('secrets-postgres'), ['postgres', 'roles']);
  assert.deepEqual(holders('secrets-roles'), ['roles']);
  assert.deepEqual(holders('secrets-migrate'), ['migrate']);
  assert.deepEqual(holders('secrets-gold'), ['gold-aggregate']);
  assert.deepEqual(holders('secrets-registry'), ['registry']);
  assert.deepEqual(holders('secrets-dashboard'), ['dashboard']);
  assert.deepEqual(holders('secrets-grafana'), ['grafana']);
  for (const [name, { volumes = [], environment = {} }] of services) {
    for (const volume of volumes) {
      if (name !== 'secrets' && volume.startsWith('secrets-')) assert.match(volume, /:ro$/, name);
    }
    for (const [variable, value] of Object.entries(environment)) {
      if (variable.endsWith('DATABASE_URL'))
        assert.match(String(value), /^postgres:\/\/\w+@postgres:5432\/medallion$/, `${name} ${variable}`);
      else if (/PASSWORD|SECRET|TOKEN/.test(variable)) assert.match(String(value), /^\/run\/secrets\//, variable);
    }
  }
});

test('traces are a matter of variables: all of them reach the three services, but a secret and the name of one', () => {
  const tracing = Object.entries(allSettings).filter(([name]) => name.startsWith('OTEL_'));
  const secrets = tracing.filter(([, { secret }]) => secret).map(([name]) => name);
  const passed = tracing
    .map(([name]) => name)
    .filter((name) => name !== 'OTEL_SERVICE_NAME' && !secrets.includes(name));
  assert.deepEqual(secrets, ['OTEL_EXPORTER_OTLP_HEADERS']);
  assert.ok(passed.includes('OTEL_EXPORTER_OTLP_ENDPOINT'));
  for (const [name, { environment = {} }] of services) {
    const own = Object.keys(environment).filter((variable) => variable.startsWith('OTEL_'));
    assert.deepEqual(own.toSorted(), SERVICES.some((service) => service === name) ? passed.toSorted() : [], name);
    // Null: that of who calls compose. A value, also an empty one, would be set where nobody wants traces.
    for (const variable of own) assert.equal(environment[variable], null, `${name} ${variable}`);
  }
});

test('jobs make roles, topics, schemas and tables; the services that run for long only look', () => {
  const of = (name: string): NonNullable<Service['environment']> => file.services[name]?.environment ?? {};
  assert.equal(of('silver-enrich').MIGRATE, 'verify');
  assert.equal(of('gold-aggregate').MIGRATE, 'verify');
  // Unless it is told otherwise: a table that gains columns from its files is registered anew with each of them.
  assert.equal(of('bronze-ingest').MIGRATE, `\${BRONZE_MIGRATE:-verify}`);
  assert.deepEqual(file.services.migrate?.entrypoint?.slice(1, -1), NODE_ARGUMENTS, 'what node has compiled is of use');
  assert.equal(of('migrate').BRONZE_MIGRATE, of('bronze-ingest').MIGRATE, 'the job is told what bronze-ingest may');
  const logins = services.flatMap(([name, { environment = {} }]) =>
    Object.entries(environment).flatMap(([variable, value]) =>
      variable.endsWith('DATABASE_URL') ? [`${name} ${new URL(String(value)).username}`] : [],
    ),
  );
  assert.deepEqual(logins.toSorted(), [
    'dashboard dash_ro',
    'dashboard redriver',
    'gold-aggregate gold_writer',
    'migrate migrator',
  ]);
  for (const name of [...SERVICES, 'migrate']) assert.equal(of(name).PIPELINES, of('roles').PIPELINES, name);
});

test('everything waits for what it needs, and nothing for itself', () => {
  for (const name of [...SERVICES, 'dashboard', 'generator']) {
    const needed = before(name);
    for (const job of ['secrets', 'roles', 'migrate'])
      assert.ok(needed.has(`${job} service_completed_successfully`), `${name} starts after ${job}`);
    for (const other of ['kafka', 'registry', 'postgres'])
      assert.ok(needed.has(`${other} service_healthy`), `${name} starts after ${other}`);
  }
  for (const [name, { volumes = [] }] of services)
    if (name !== 'secrets' && volumes.some((each) => each.startsWith('secrets-')))
      assert.ok(
        before(name).has('secrets service_completed_successfully'),
        `${name} starts after its secrets are made`,
      );
  for (const name of JOBS)
    for (const needed of before(name)) assert.doesNotMatch(needed, /service_started/, `${name}: ${needed}`);
});

test('what runs for long is asked for its health; what ends is not', () => {
  const ours = /^\$\{MEDALLION_IMAGE/;
  for (const [name, { image, healthcheck }] of services) {
    if (JOBS.includes(name)) assert.equal(healthcheck?.disable, true, name);
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
