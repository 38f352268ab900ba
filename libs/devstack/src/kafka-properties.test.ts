import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterProperties, kafkaProperties, renderProperties, securityProperties } from './kafka-properties.ts';

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
  const both = securityProperties(1, 2, { keyStore: '/k', trustStore: '/t', users, certificatePort: 3 });
  assert.equal(both['advertised.listeners'], 'SASL_SSL://127.0.0.1:1,SSL://127.0.0.1:3');
  assert.equal(both['listener.name.ssl.ssl.client.auth'], 'required', 'who has no certificate is nobody');
});

test('three nodes hold every record on all three and acknowledge it when two have it; one alone needs no other', () => {
  const node = { id: 2, clientPort: 21, advertisedPort: 31 };
  const three = clusterProperties(11, { ...node, controllerPorts: [1, 2, 3] });
  assert.equal(three['default.replication.factor'], 3);
  assert.equal(three['min.insync.replicas'], 2);
  assert.equal(three['controller.quorum.voters'], '1@127.0.0.1:1,2@127.0.0.1:2,3@127.0.0.1:3');
  const alone = clusterProperties(11, { ...node, id: 1, controllerPorts: [1] });
  assert.equal(alone['offsets.topic.replication.factor'], 1);
  assert.equal(alone['min.insync.replicas'], 1);
});

test('clients of a node are told the port that is in front of it, brokers among themselves their own', () => {
  const node = clusterProperties(11, { id: 1, controllerPorts: [1], clientPort: 21, advertisedPort: 31 });
  assert.equal(node.listeners, 'PLAINTEXT://127.0.0.1:11,CLIENT://127.0.0.1:21,CONTROLLER://127.0.0.1:1');
  assert.equal(node['advertised.listeners'], 'PLAINTEXT://127.0.0.1:11,CLIENT://127.0.0.1:31');
  assert.equal(node['inter.broker.listener.name'], 'PLAINTEXT');
});
