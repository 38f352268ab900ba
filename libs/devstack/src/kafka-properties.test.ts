import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kafkaProperties, renderProperties, securityProperties } from './kafka-properties.ts';

test('properties are rendered one per line, with backslashes doubled', () => {
  assert.equal(renderProperties({ a: 1, b: true, 'log.dirs': 'C:\\data' }), 'a=1\nb=true\nlog.dirs=C:\\\\data\n');
});

test('every listener is on the loopback interface', () => {
  const properties = kafkaProperties({ port: 1, controllerPort: 2, logFolder: '/x' });
  for (const key of ['listeners', 'advertised.listeners'])
    for (const listener of String(properties[key]).split(',')) assert.match(listener, /^\w+:\/\/127\.0\.0\.1:[12]$/);
});

test('no topic comes into being by a misspelt name', () => {
  assert.equal(kafkaProperties({ port: 1, controllerPort: 2, logFolder: '/x' })['auto.create.topics.enable'], false);
});

test('a secured broker has no listener for others that is not encrypted, and grants nothing unasked', () => {
  const users = [{ name: 'root', password: 'r' }] as const;
  const secured = securityProperties(1, 2, { keyStore: '/k', trustStore: '/t', users });
  assert.equal(secured['advertised.listeners'], 'SASL_SSL://127.0.0.1:1');
  assert.equal(secured['allow.everyone.if.no.acl.found'], false);
  assert.match(String(secured['authorizer.class.name']), /StandardAuthorizer$/);
  assert.equal(secured['super.users'], 'User:root;User:ANONYMOUS');
});
