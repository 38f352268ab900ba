import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kafkaAccess, registryAccess } from './environment.ts';

const invalid = (pattern: RegExp) => ({ code: 'MED_CONFIG_INVALID', message: pattern });

test('without variables a client is nobody in particular, and nothing is encrypted', () => {
  assert.deepEqual(kafkaAccess({}), { access: {} });
  assert.deepEqual(kafkaAccess({ KAFKA_SASL_MECHANISM: 'none', KAFKA_SSL: 'false', KAFKA_SASL_USERNAME: '' }), {
    access: {},
  });
  assert.deepEqual(registryAccess({}), {});
});

test('a login, and by what it knows the brokers, are taken from the variables; files are not read yet', () => {
  const env = {
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: 'silver-enrich',
    KAFKA_SASL_PASSWORD_FILE: '/no/such/file',
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA_FILE: '/ca.pem',
    KAFKA_SSL_CERT_FILE: '/me.pem',
    KAFKA_SSL_KEY_FILE: '/me.key',
  };
  assert.deepEqual(kafkaAccess(env).access, {
    login: {
      mechanism: 'scram-sha-512',
      username: 'silver-enrich',
      password: { file: '/no/such/file', variable: 'KAFKA_SASL_PASSWORD_FILE' },
    },
    tls: { caFile: '/ca.pem', client: { certFile: '/me.pem', keyFile: '/me.key' } },
  });
});

test('variables that contradict one another are told all at once, without the password', () => {
  const env = {
    KAFKA_SASL_MECHANISM: 'scram-sha-1',
    KAFKA_SASL_PASSWORD: 'very-secret',
    KAFKA_SSL: 'yes',
    KAFKA_SSL_CERT_FILE: '/me.pem',
  };
  assert.throws(
    () => kafkaAccess(env),
    (error: Error) => {
      for (const name of ['KAFKA_SASL_MECHANISM', 'KAFKA_SSL:', 'KAFKA_SSL_KEY_FILE'])
        assert.match(error.message, new RegExp(name));
      assert.doesNotMatch(error.message, /very-secret/);
      return true;
    },
  );
  assert.throws(() => kafkaAccess({ KAFKA_SASL_MECHANISM: 'scram-sha-512' }), invalid(/USERNAME[\s\S]*PASSWORD/));
  assert.throws(() => kafkaAccess({ KAFKA_SASL_USERNAME: 'me', KAFKA_SASL_PASSWORD: 'x' }), invalid(/MECHANISM/));
  assert.throws(() => kafkaAccess({ KAFKA_SSL_CA_FILE: '/ca.pem' }), invalid(/KAFKA_SSL is not true/));
});

test('no password leaves this machine as it is: PLAIN needs TLS, and basic authentication https', () => {
  const plain = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'me', KAFKA_SASL_PASSWORD: 'x' };
  assert.throws(() => kafkaAccess({ ...plain, KAFKA_BROKERS: 'kafka:9092' }), invalid(/KAFKA_SSL=true/));
  assert.throws(() => kafkaAccess({ ...plain, KAFKA_BROKERS: 'localhost:1,kafka:2' }), invalid(/KAFKA_SSL=true/));
  assert.ok(kafkaAccess({ ...plain, KAFKA_BROKERS: 'localhost:1,127.0.0.1:2,[::1]:3' }).access.login);
  assert.ok(kafkaAccess({ ...plain, KAFKA_BROKERS: 'kafka:9092', KAFKA_SSL: 'true' }).access.login);

  const login = { SCHEMA_REGISTRY_USERNAME: 'me', SCHEMA_REGISTRY_PASSWORD: 'x' };
  assert.throws(() => registryAccess({ ...login, SCHEMA_REGISTRY_URL: 'http://registry:8081' }), invalid(/https/));
  assert.ok(registryAccess({ ...login, SCHEMA_REGISTRY_URL: 'https://registry' }).login);
  assert.ok(registryAccess({ ...login, SCHEMA_REGISTRY_URL: 'http://127.0.0.1:8081' }).login);
  assert.throws(() => registryAccess({ SCHEMA_REGISTRY_USERNAME: 'me' }), invalid(/PASSWORD/));
  assert.throws(() => registryAccess({ SCHEMA_REGISTRY_PASSWORD: 'x' }), invalid(/USERNAME/));
  assert.throws(() => registryAccess({ ...login, SCHEMA_REGISTRY_USERNAME: 'a:b' }), invalid(/colon/));
});
