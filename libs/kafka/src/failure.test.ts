import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MedallionError } from '@medallion/core';
import { unavailable } from './failure.ts';

/** Errors as kafkajs has them: a name, sometimes the protocol's type, a code of the system, and what caused them. */
const error = (message: string, more: object = {}, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), more);

test('an answer that something is forbidden names what was asked for', () => {
  const topic = error('not authorized', { type: 'TOPIC_AUTHORIZATION_FAILED' });
  const group = error('not authorized', { type: 'GROUP_AUTHORIZATION_FAILED' });
  const asked = { topics: ['a', 'b', 'a'], group: 'g' };
  assert.match(unavailable(topic, asked).message, /use topic a or b:/);
  assert.match(unavailable(group, asked).message, /use group g:/);
  assert.match(unavailable(error('no', { type: 'CLUSTER_AUTHORIZATION_FAILED' }), asked).message, /use the cluster:/);
  assert.match(unavailable(topic).message, /use a topic:/);
  for (const each of [topic, group]) {
    const { code, retryable } = unavailable(error('gave up', {}, each), asked);
    assert.deepEqual([code, retryable], ['MED_LOG_FORBIDDEN', true]);
  }
});

test('of several topics that were asked for, the one that the broker names is told', () => {
  const one = error('not authorized', { type: 'TOPIC_AUTHORIZATION_FAILED', topic: 'b' });
  const many = Object.assign(error('Topic creation errors'), { errors: [one] });
  assert.match(unavailable(many, { topics: ['a', 'b'] }).message, /use topic b:/);
});

test('certificates that are not trusted, expired, for other hosts or unreadable are MED_LOG_TLS_FAILED', () => {
  for (const code of [
    'CERT_HAS_EXPIRED',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'MED_FILE',
  ]) {
    const found = unavailable(error('gave up', {}, error('Connection error', { code })));
    assert.equal(found.code, 'MED_LOG_TLS_FAILED', code);
  }
  const closed = error('Client network socket disconnected before secure TLS connection was established');
  assert.equal(unavailable(closed).code, 'MED_LOG_TLS_FAILED');
});

test('a broker that cannot be reached is neither a wrong login nor a certificate', () => {
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND'])
    assert.equal(unavailable(error('Connection error', { code })).code, 'MED_LOG_UNAVAILABLE', code);
  assert.equal(unavailable(error('not ready', { type: 'LEADER_NOT_AVAILABLE' })).code, 'MED_LOG_UNAVAILABLE');
});

test('a refused login is MED_LOG_AUTH_FAILED, and an error that has a code keeps it, however deep', () => {
  const refused = error('unknown user', { type: 'SASL_AUTHENTICATION_FAILED' });
  assert.equal(unavailable(refused).code, 'MED_LOG_AUTH_FAILED');
  const mechanism = error('not supported', { name: 'KafkaJSSASLAuthenticationError' });
  assert.equal(unavailable(mechanism).code, 'MED_LOG_AUTH_FAILED');
  const coded = new MedallionError('MED_LOG_AUTH_FAILED', { reason: 'me: no' });
  assert.equal(unavailable(error('gave up', {}, error('again', {}, coded))), coded);
});
