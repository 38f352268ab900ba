import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isMedallionError } from '@medallion/core';
import fc from 'fast-check';
import { type Environment, loadConfig, showConfig } from './config.ts';
import { dashedName, durationMs, integer, list, oneOf, type Settings, secret, string, url } from './setting.ts';
import { allSettings, engineSettings, serviceSettings, toolVariables } from './standard-settings.ts';

const good = {
  KAFKA_BROKERS: 'localhost:9092',
  SCHEMA_REGISTRY_URL: 'http://localhost:8081',
  DATABASE_URL: 'postgres://me:hunter2@localhost/gold',
};

/** The lines of the problem that loading has; empty when it has none. */
function problemsOf(settings: Settings, env: Environment): string[] {
  try {
    loadConfig(settings, env);
    return [];
  } catch (error) {
    assert.ok(isMedallionError(error) && error.code === 'MED_CONFIG_INVALID');
    return String((error.details as { problems: string }).problems).split('\n');
  }
}

function withFile(content: string, use: (path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'medallion-config-'));
  const path = join(folder, 'secret');
  writeFileSync(path, content);
  try {
    use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('what is not set has its default, and the result is frozen', () => {
  const config = loadConfig(allSettings, good);
  assert.deepEqual(config, {
    LOG_LEVEL: 'info',
    HOST: '127.0.0.1',
    PORT: 0,
    SHUTDOWN_TIMEOUT_MS: 20_000,
    STALL_TIMEOUT_MS: 60_000,
    KAFKA_BROKERS: ['localhost:9092'],
    SCHEMA_REGISTRY_URL: 'http://localhost:8081',
    PIPELINES: ['santa-deliveries'],
    IDLE_TIMEOUT_MS: 30_000,
    FETCH_WAIT_MS: 25,
    SESSION_TIMEOUT_MS: 10_000,
    MAX_BATCH_BYTES: 524_288,
    LANDING_URL: undefined,
    FILES_SETTLE_MS: 2_000,
    S3_ENDPOINT: undefined,
    S3_REGION: 'us-east-1',
    S3_ACCESS_KEY_ID: undefined,
    S3_SECRET_ACCESS_KEY: undefined,
    DATABASE_URL: 'postgres://me:hunter2@localhost/gold',
    DATABASE_PASSWORD: undefined,
    MIGRATE: 'auto',
    KAFKA_SASL_MECHANISM: 'none',
    KAFKA_SASL_USERNAME: undefined,
    KAFKA_SASL_PASSWORD: undefined,
    KAFKA_SSL: 'false',
    KAFKA_SSL_CA_FILE: undefined,
    KAFKA_SSL_CERT_FILE: undefined,
    KAFKA_SSL_KEY_FILE: undefined,
    SCHEMA_REGISTRY_USERNAME: undefined,
    SCHEMA_REGISTRY_PASSWORD: undefined,
    SCHEMA_REGISTRY_CA_FILE: undefined,
    OTEL_EXPORTER_OTLP_ENDPOINT: undefined,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: undefined,
    OTEL_EXPORTER_OTLP_HEADERS: undefined,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.01',
    OTEL_RESOURCE_ATTRIBUTES: undefined,
    OTEL_SERVICE_NAME: undefined,
    OTEL_SDK_DISABLED: 'false',
  });
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.KAFKA_BROKERS));
});

test('the type of a setting follows from its declaration', () => {
  const settings = {
    A: integer({ doc: 'a', min: 0, max: 9, default: 1 }),
    B: string({ doc: 'b' }),
    C: oneOf(['x', 'y'], { doc: 'c', required: true }),
    D: list(dashedName, { doc: 'd', default: [] }),
  } as const;
  const config = loadConfig(settings, { C: 'x' });
  config.A satisfies number;
  config.B satisfies string | undefined;
  config.C satisfies 'x' | 'y';
  config.D satisfies readonly string[];
  // @ts-expect-error an optional setting without a default may be absent
  config.B satisfies string;
  // @ts-expect-error no such word
  assert.notEqual(config.C, 'z' satisfies typeof config.C);
  assert.equal(config.B, undefined);
});

test('every problem is reported at once, with the variable, what is wrong and what is allowed', () => {
  assert.deepEqual(
    problemsOf(allSettings, {
      KAFKA_BROKERS: 'localhost',
      SCHEMA_REGISTRY_URL: 'ftp://registry',
      LOG_LEVEL: 'loud',
      PORT: '65536',
      STALL_TIMEOUT_MS: '1s',
      PIPELINES: 'a,a',
      KAFKA_BROKER: 'x',
      MEDALLION_TYPO: 'x',
    }),
    [
      'LOG_LEVEL: "loud" is none of these words; allowed: one of trace, debug, info, warn, error, fatal',
      'PORT: "65536" is out of bounds; allowed: a whole number from 0 to 65535',
      'STALL_TIMEOUT_MS: "1s" is not a whole number; allowed: a whole number from 100 to 86400000 (milliseconds)',
      'KAFKA_BROKERS: "localhost" is not host:port; allowed: host:port; several separated by commas',
      'SCHEMA_REGISTRY_URL: "ftp://registry" has another scheme; allowed: a URL such as http://host or https://host',
      'PIPELINES: "a" is there twice; allowed: a name in lower case with dashes; several separated by commas',
      'neither DATABASE_URL nor DATABASE_URL_FILE is set; allowed: a URL such as postgres://host or postgresql://host',
      'KAFKA_BROKER is not known; did you mean KAFKA_BROKERS?',
      `MEDALLION_TYPO is not known; allowed with this prefix: ${toolVariables.join(', ')}`,
    ],
  );
});

test('any set of wrong settings gives one problem for each of them', () => {
  const wrong = {
    LOG_LEVEL: 'loud',
    HOST: 'a b',
    PORT: '-1',
    SHUTDOWN_TIMEOUT_MS: '1.5',
    KAFKA_BROKERS: 'a:b',
    SCHEMA_REGISTRY_URL: 'x',
    DATABASE_URL: 'mysql://x',
    FETCH_WAIT_MS: '999999',
  };
  fc.assert(
    fc.property(fc.subarray(Object.keys(wrong) as (keyof typeof wrong)[]), (names) => {
      const env = { ...good, ...Object.fromEntries(names.map((name) => [name, wrong[name]])) };
      const problems = problemsOf(allSettings, env);
      assert.equal(problems.length, names.length);
      for (const name of names) assert.equal(problems.filter((line) => line.startsWith(`${name}: `)).length, 1);
    }),
  );
});

test('numbers within the bounds are accepted, all others refused', () => {
  const settings = { N: integer({ doc: 'n', min: -5, max: 5, required: true }) } as const;
  fc.assert(
    fc.property(fc.integer({ min: -100, max: 100 }), (n) => {
      assert.equal(problemsOf(settings, { N: String(n) }).length, n >= -5 && n <= 5 ? 0 : 1);
    }),
  );
  for (const text of ['0x1', '1e0', ' 1', '1_0', 'NaN', '٣'])
    assert.equal(problemsOf(settings, { N: text }).length, 1, text);
});

test('a secret may come from a file, without its last newline', () => {
  withFile('postgres://me:from-file@db/gold\n', (path) => {
    const { DATABASE_URL, ...others } = good;
    assert.ok(DATABASE_URL);
    const config = loadConfig(allSettings, { ...others, DATABASE_URL_FILE: path });
    assert.equal(config.DATABASE_URL, 'postgres://me:from-file@db/gold');
    assert.deepEqual(problemsOf(allSettings, { ...good, DATABASE_URL_FILE: path }), [
      'DATABASE_URL and DATABASE_URL_FILE are both set; allowed: one of them',
    ]);
  });
  withFile('\n', (path) => {
    assert.match(problemsOf(allSettings, { ...good, DATABASE_URL: '', DATABASE_URL_FILE: path })[0] ?? '', /is empty/);
  });
  assert.deepEqual(problemsOf(allSettings, { ...good, DATABASE_URL: '', DATABASE_URL_FILE: '/nowhere/x' }), [
    'DATABASE_URL_FILE: cannot read the file /nowhere/x (ENOENT); allowed: the path of a readable file',
  ]);
});

test('no problem and no log line contains a secret', () => {
  const settings = {
    TOKEN: secret(string({ doc: 'token', pattern: /^never$/, allowed: 'a token' })),
    DATABASE_URL: secret(url({ doc: 'db', schemes: ['postgres'] })),
    REGISTRY: url({ doc: 'registry', schemes: ['http'] }),
  } as const;
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9/:]{6,20}$/), (part) => {
      const password = `pw-${part}`;
      const env = {
        TOKEN: password,
        DATABASE_URL: `mysql://me:${password}@db/x`,
        REGISTRY: `https://me:${password}@host`,
      };
      const problems = problemsOf(settings, env);
      assert.equal(problems.length, 3);
      assert.ok(!problems.join('\n').includes(password));
    }),
  );
  const settingsOf = { ...allSettings, TOKEN: secret(string({ doc: 'token' })) } as const;
  const config = loadConfig(settingsOf, { ...good, SCHEMA_REGISTRY_URL: 'http://me:hunter2@r', TOKEN: 'hunter2' });
  assert.ok(!JSON.stringify(showConfig(settingsOf, config)).includes('hunter2'));
});

test('misspelt names are reported, whichever way they are misspelt', () => {
  const settings = { ...serviceSettings, ...engineSettings };
  for (const [name, meant] of [
    ['KAFKA_BROKER', 'KAFKA_BROKERS'],
    ['KAFKA_BOOKERS', 'KAFKA_BROKERS'],
    ['kafka_brokers', 'KAFKA_BROKERS'],
    ['PIPELINE', 'PIPELINES'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['PORTS', 'PORT'],
    ['DATABASE_URL_FIL', 'DATABASE_URL_FILE'],
  ] as const)
    assert.deepEqual(problemsOf(settings, { ...good, [name]: 'x' }), [`${name} is not known; did you mean ${meant}?`]);
});

test('variables of others are no problem: the shell, Kubernetes, other services of ours', () => {
  const others = {
    HOME: '/root',
    HOSTNAME: 'x',
    PATH: '/bin',
    MEDALLION_HOME: '/var/lib/medallion',
    MEDALLION_GOLD_PORT: 'tcp://10.0.0.1:80',
    MEDALLION_GOLD_PORT_80_TCP_ADDR: '10.0.0.1',
    MEDALLION_GOLD_SERVICE_HOST: '10.0.0.1',
    MEDALLION_GOLD_SERVICE_PORT_HTTP: '80',
    npm_config_loglevel: 'x',
  };
  assert.deepEqual(problemsOf({ ...serviceSettings, ...engineSettings }, { ...good, ...others }), []);
  assert.deepEqual(problemsOf(serviceSettings, { ...process.env, ...good, MEDALLION_HOME: '/x' }), []);
});

test('an empty variable counts as not set', () => {
  assert.equal(loadConfig(serviceSettings, { LOG_LEVEL: '' }).LOG_LEVEL, 'info');
  assert.equal(problemsOf({ N: durationMs({ doc: 'n', min: 0, max: 1, required: true }) }, { N: '' }).length, 1);
});

test('brokers are host:port, also with IPv6 addresses and spaces after commas', () => {
  const brokers = (text: string) => loadConfig(engineSettings, { ...good, KAFKA_BROKERS: text }).KAFKA_BROKERS;
  assert.deepEqual(brokers('a:1, b.example.org:65535,[::1]:9092'), ['a:1', 'b.example.org:65535', '[::1]:9092']);
  for (const text of ['a:0', 'a:65536', 'a', 'a:1,', ',', 'kafka://a:1', 'a:1 b:2'])
    assert.equal(problemsOf(engineSettings, { ...good, KAFKA_BROKERS: text }).length, 1, text);
});

test('shows nothing of a secret that was put into the variable of its file', () => {
  assert.throws(
    () =>
      loadConfig({ TOKEN: secret(string({ doc: 'a token', required: true })) }, { TOKEN_FILE: 'hunter2-is-my-token' }),
    (error: Error) =>
      /TOKEN_FILE: cannot read the file \(not shown/.test(error.message) && !/hunter2/.test(error.message),
  );
});
