import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { messageOf, silentLog } from '@medallion/core';
import { type SecuredKafka, startSecuredKafka, testStack } from '@medallion/devstack';
import { loadPipeline } from '@medallion/host';
import { createAclAdmin, createKafkaLog, createRegistryCodecs, kafkaAccess, registryAccess } from '@medallion/kafka';
import { type RecordLog, rightsOf } from '@medallion/runtime';
import { row, string } from '@medallion/schema';
import pg from 'pg';
import { medallion } from '../../libs/cli/src/index.ts';
import { RAW_TOPIC } from '../support/raw-topic.ts';
import { ServiceProcess } from '../support/service-process.ts';
import { until } from '../support/until.ts';
import { type Certificate, keyStore, newAuthority, newCertificate } from './certificates.ts';
import { append, firstOf, joinGroup } from './log-probes.ts';
import { type GuardedRegistry, guardRegistry } from './registry-proxy.ts';
import { sendDeliveries } from './send-deliveries.ts';

/** The flagship on a real broker with SASL_SSL and ACLs: each login has just the rights that `medallion acls` names. */

const PARTITIONS = 2;
const EVENTS = 200;
const NAMES = ['bronze-ingest', 'silver-enrich', 'gold-aggregate', 'generator', 'migrator', 'nobody'] as const;
type Name = (typeof NAMES)[number] | 'admin';

const folder = mkdtempSync(join(tmpdir(), 'medallion-doors-'));
const plan = await loadPipeline('santa-deliveries');
const { schemaRegistryUrl, databaseUrl } = await testStack();
const database = `doors_${process.pid}_${Date.now()}`;
const ca = newAuthority(folder, 'authority');
const foreign = newAuthority(folder, 'foreign');
const passwords = new Map<Name, string>();
const services = new Map<string, ServiceProcess>();
const logs: RecordLog[] = [];
let secured: SecuredKafka;
let registry: GuardedRegistry;

const passwordFile = (name: Name): string => join(folder, `${name}.password`);
function setPassword(name: Name, password: string): void {
  passwords.set(name, password);
  writeFileSync(passwordFile(name), `${password}\n`, { mode: 0o600 });
}

/** The environment of a login, as its service has it. */
const envOf = (name: Name, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  KAFKA_BROKERS: secured.broker,
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_SASL_USERNAME: name,
  KAFKA_SASL_PASSWORD_FILE: passwordFile(name),
  KAFKA_SSL: 'true',
  KAFKA_SSL_CA_FILE: ca.certFile,
  ...more,
});

const logOf = (name: Name, more: Readonly<Record<string, string>> = {}): RecordLog => logBy(envOf(name, more));

function logBy(env: Readonly<Record<string, string>>): RecordLog {
  const brokers = [env.KAFKA_BROKERS ?? ''];
  const log = createKafkaLog({ brokers, clientId: 'test', log: silentLog, ...kafkaAccess(env) });
  logs.push(log);
  return log;
}

const ownDatabase = (): string => Object.assign(new URL(databaseUrl), { pathname: `/${database}` }).href;

function start(name: 'bronze-ingest' | 'silver-enrich' | 'gold-aggregate'): ServiceProcess {
  const env = {
    ...envOf(name),
    ...registry.envOf('reader'),
    ...{ PIPELINES: plan.name, MIGRATE: 'verify' },
    ...(name === 'gold-aggregate' ? { DATABASE_URL: ownDatabase() } : {}),
  };
  const service = new ServiceProcess(name, { ...env, LOG_LEVEL: 'debug' }, join(folder, `${name}.log`));
  services.set(name, service);
  return service;
}

const generate = (events: number, seed: number) => sendDeliveries({ events, seed }, envOf('generator'));

async function query<R extends pg.QueryResultRow>(sql: string, at = database): Promise<readonly R[]> {
  const url = new URL(databaseUrl);
  url.pathname = `/${at}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.end();
  }
}

const inGold = (events: number): Promise<true> =>
  until(
    `${events} events in gold`,
    async () => {
      const [row] = await query<{ n: string | null }>(
        'SELECT sum(events) AS n FROM santa_deliveries.gold_delivery_by_region',
      );
      return Number(row?.n) === events || null;
    },
    { timeoutMs: 300_000, everyMs: 250 },
  );

before(async () => {
  for (const name of [...NAMES, 'admin'] as const) setPassword(name, `secret-of-${name}-${Math.random()}`);
  const broker = newCertificate(folder, 'broker', ca, { names: 'IP:127.0.0.1' });
  const home = join(folder, 'kafka');
  mkdirSync(home);
  const user = (name: Name) => ({ name, password: passwords.get(name) ?? '' });
  secured = await startSecuredKafka(home, {
    keyStore: keyStore(folder, 'broker', broker),
    trustStore: ca.certFile,
    users: [user('admin'), ...NAMES.map(user)],
  });
  const acls = createAclAdmin({
    ...{ brokers: [secured.broker], clientId: 'test', log: silentLog },
    ...kafkaAccess(envOf('admin')),
  });
  for (const [service, grants] of rightsOf(plan, { make: false })) await acls.grant(service, grants);
  await acls.close();
  // The source makes its own topic; that of the pipeline are the migrator's.
  const topic = { partitions: PARTITIONS, retentionMs: 86_400_000, maxMessageBytes: 2_097_152 };
  await logOf('admin').ensureTopics([{ topic: RAW_TOPIC, ...topic }]);
  await query(`CREATE DATABASE ${database}`, new URL(databaseUrl).pathname.slice(1));
  registry = await guardRegistry(schemaRegistryUrl, broker, { folder, caFile: ca.certFile });
  let said = '';
  const keep = (text: string): void => {
    said += text;
  };
  const env = { ...envOf('migrator'), ...registry.envOf('writer'), DATABASE_URL: ownDatabase() };
  assert.equal(await medallion(['migrate', plan.name], env, { out: keep, say: keep }), 0, said);
});

after(async () => {
  await Promise.all([...services.values()].map((service) => service.stop()));
  await Promise.all(logs.map((log) => log.close()));
  await secured?.stop();
  registry?.close();
  await query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`, new URL(databaseUrl).pathname.slice(1));
  rmSync(folder, { recursive: true, force: true });
});

const silver = `${plan.name}.silver_santa_deliveries`;
const bronze = `${plan.name}.bronze_santa_deliveries`;
test('each service does its part of the flagship with just its rights, once its password is right', async () => {
  const right = passwords.get('silver-enrich') ?? '';
  writeFileSync(passwordFile('silver-enrich'), 'no-such-password');
  for (const name of ['bronze-ingest', 'silver-enrich', 'gold-aggregate'] as const) start(name);
  const enrich = services.get('silver-enrich')!;
  const said = await until(
    'silver-enrich says what it lacks',
    async () => {
      const { status, text } = await enrich.get('/readyz?verbose');
      return status === 503 && text.includes('MED_LOG_AUTH_FAILED') ? text : null;
    },
    { timeoutMs: 300_000, everyMs: 100 },
  );
  assert.match(said, /KAFKA_SASL_PASSWORD/, 'the remedy names the setting');
  assert.doesNotMatch(said, /no-such-password/);

  setPassword('silver-enrich', right);
  const { code, said: audit } = await generate(EVENTS, 7);
  assert.equal(code, 0, audit);
  for (const service of services.values()) await service.ready();
  await inGold(EVENTS);
});

test('services that make nothing do with a registry that they may only read, and it refuses them more', async () => {
  assert.equal(registry.refused.length, 0, registry.refused.join());
  const asked = ['reader', 'writer'].map((login) => registry.allowed.filter((each) => each.startsWith(login)).length);
  assert.ok(
    asked.every((count) => count > 0),
    `reader and writer have asked ${asked.join(' and ')} times`,
  );
  const codecs = createRegistryCodecs({ url: registry.url, ...registryAccess(registry.envOf('reader')) });
  const mine = row('Mine', { a: string() });
  await assert.rejects(codecs.encoder(`${plan.name}.mine`, mine), { code: 'MED_REGISTRY_FORBIDDEN' });
  assert.notEqual(registry.refused.length, 0);
});

test('a service is refused beyond its rights, and the error names what it may not use', async () => {
  const refused = (resource: string) => ({ code: 'MED_LOG_FORBIDDEN', message: new RegExp(`use ${resource}\\b`) });
  const [ingest, enrich, gold] = [logOf('bronze-ingest'), logOf('silver-enrich'), logOf('gold-aggregate')];
  await firstOf(gold, silver);
  await Promise.all([
    assert.rejects(append(ingest, silver), refused(`topic ${silver}`), 'bronze writes to the topic of silver'),
    assert.rejects(append(enrich, bronze), refused(`topic ${bronze}`), 'silver writes to the topic of bronze'),
    assert.rejects(append(gold, silver), refused(`topic ${silver}`), 'gold writes to what it reads'),
    assert.rejects(append(logOf('generator'), bronze), refused(`topic ${bronze}`), 'the generator goes past bronze'),
    assert.rejects(firstOf(enrich, RAW_TOPIC), refused(`topic ${RAW_TOPIC}`), 'silver reads the source'),
    assert.rejects(firstOf(ingest, silver), refused(`topic ${silver}`), 'bronze reads silver'),
    assert.rejects(joinGroup(enrich, bronze, bronze), refused(`group ${bronze}`), 'silver joins the group of bronze'),
    assert.rejects(
      enrich.ensureTopics([{ topic: `${plan.name}.mine`, partitions: 1, retentionMs: -1, maxMessageBytes: 1_000 }]),
      refused(`topic ${plan.name}.mine`),
      'silver makes a topic',
    ),
    assert.rejects(
      logOf('nobody').partitions(silver),
      refused(`topic ${silver}`),
      'a hidden topic is not a missing one',
    ),
    assert.rejects(logOf('nobody').committed(bronze, RAW_TOPIC), { message: new RegExp(`${bronze}, as of a group`) }),
  ]);
});

test('a wrong login, authority, certificate or protocol is an error of its own, without the password', async () => {
  const stranger = newCertificate(folder, 'stranger', foreign, { names: 'DNS:client' });
  writeFileSync(join(folder, 'wrong'), 'not-the-password');
  const untrusted = logOf('migrator', { KAFKA_SSL_CA_FILE: foreign.certFile });
  const shown = logOf('migrator', { KAFKA_SSL_CERT_FILE: stranger.certFile, KAFKA_SSL_KEY_FILE: stranger.keyFile });
  const missing = logOf('migrator', { KAFKA_SASL_PASSWORD_FILE: join(folder, 'none') });
  const plain = createKafkaLog({ brokers: [secured.broker], clientId: 'test', log: silentLog });
  logs.push(plain);
  const wrong = logOf('migrator', { KAFKA_SASL_PASSWORD_FILE: join(folder, 'wrong') });
  await Promise.all([
    assert.rejects(wrong.partitions(silver), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'MED_LOG_AUTH_FAILED');
      assert.match(error.message, /migrator/);
      assert.doesNotMatch(`${messageOf(error)} ${String(error.stack)}`, /not-the-password/);
      return true;
    }),
    assert.rejects(missing.partitions(silver), {
      code: 'MED_LOG_AUTH_FAILED',
      message: /KAFKA_SASL_PASSWORD_FILE.*ENOENT/,
    }),
    assert.rejects(untrusted.partitions(silver), { code: 'MED_LOG_TLS_FAILED', message: /CERT|UNABLE/ }),
    assert.rejects(shown.partitions(silver), { code: 'MED_LOG_TLS_FAILED' }),
    assert.rejects(plain.partitions(silver), { code: 'MED_LOG_UNAVAILABLE', message: /login or for TLS/ }),
  ]);
});

test('a login by SCRAM-SHA-256, by PLAIN and by a certificate has the same rights, and no more', async () => {
  const shown = newCertificate(folder, 'silver-enrich', ca, { names: 'DNS:client' });
  const certificate = {
    ...{ KAFKA_BROKERS: secured.certificateBroker, KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: ca.certFile },
    ...{ KAFKA_SSL_CERT_FILE: shown.certFile, KAFKA_SSL_KEY_FILE: shown.keyFile },
  };
  const logins = {
    'scram-sha-256': envOf('silver-enrich', { KAFKA_SASL_MECHANISM: 'scram-sha-256' }),
    plain: envOf('silver-enrich', { KAFKA_SASL_MECHANISM: 'plain' }),
    certificate,
  };
  await Promise.all(
    Object.entries(logins).map(async ([way, env]) => {
      const log = logBy(env);
      await firstOf(log, bronze);
      const refusal = { code: 'MED_LOG_FORBIDDEN', message: new RegExp(`use topic ${RAW_TOPIC}\\b`) };
      await assert.rejects(firstOf(log, RAW_TOPIC), refusal, `${way}: silver reads the source`);
      await assert.rejects(append(log, bronze), { code: 'MED_LOG_FORBIDDEN' }, `${way}: silver writes to bronze`);
    }),
  );
});

test('a wrong password by SCRAM-SHA-256 and by PLAIN, a foreign certificate, none, and one that nobody granted anything are refused', async () => {
  const foreigner = newCertificate(folder, 'foreigner', foreign, { names: 'DNS:client' });
  const nobody = newCertificate(folder, 'nobody', ca, { names: 'DNS:client' });
  const wrong = { KAFKA_SASL_PASSWORD_FILE: join(folder, 'wrong') };
  const byCertificate = (shown: Certificate | null) =>
    logBy({
      ...{ KAFKA_BROKERS: secured.certificateBroker, KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: ca.certFile },
      ...(shown === null ? {} : { KAFKA_SSL_CERT_FILE: shown.certFile, KAFKA_SSL_KEY_FILE: shown.keyFile }),
    });
  await Promise.all([
    ...['scram-sha-256', 'plain'].map((mechanism) =>
      assert.rejects(logOf('silver-enrich', { ...wrong, KAFKA_SASL_MECHANISM: mechanism }).partitions(bronze), {
        code: 'MED_LOG_AUTH_FAILED',
      }),
    ),
    assert.rejects(byCertificate(foreigner).partitions(bronze), { code: 'MED_LOG_TLS_FAILED' }),
    assert.rejects(byCertificate(null).partitions(bronze), { code: 'MED_LOG_TLS_FAILED' }),
    assert.rejects(byCertificate(nobody).partitions(bronze), { code: 'MED_LOG_FORBIDDEN' }),
  ]);
});

test('a password changes while services run: the next connections have the new one', async () => {
  const before = passwords.get('silver-enrich') ?? '';
  const log = logOf('silver-enrich');
  await firstOf(log, bronze);
  await secured.alterPassword({ name: 'silver-enrich', password: 'changed-while-it-ran' });
  assert.ok(before !== 'changed-while-it-ran');
  // A broker hears of it from the controller, a moment after who asked for it.
  await until(
    'the old password is refused',
    () => assert.rejects(firstOf(logOf('silver-enrich'), bronze), { code: 'MED_LOG_AUTH_FAILED' }).then(() => true),
    { timeoutMs: 300_000, everyMs: 100 },
  );
  setPassword('silver-enrich', 'changed-while-it-ran');
  await firstOf(log, bronze); // reads over a new connection, of a client that began with the old one

  await secured.kafka.restart({ hard: true });
  const { code, said } = await generate(EVENTS, 8);
  assert.equal(code, 0, said);
  await inGold(2 * EVENTS);
  assert.ok(
    [...services.values()].every(({ running }) => running),
    'nobody was restarted',
  );
});

test('no password is in any line that a service has logged', () => {
  const secrets = [...passwords.values(), 'no-such-password', 'changed-while-it-ran'];
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.log'))) {
    const text = readFileSync(join(folder, name), 'utf8');
    assert.ok(text.length > 1_000, `${name} says something`);
    assert.deepEqual(
      secrets.filter((secret) => text.includes(secret)),
      [],
      name,
    );
  }
});
