import assert from 'node:assert/strict';
import { it } from 'node:test';
import { testStack } from '@medallion/devstack';
import { long, row, string } from '@medallion/schema';
import { rowCodecsContract } from '@medallion/testkit';
import { createRegistryCodecs } from './registry-codecs.ts';

const { schemaRegistryUrl: url } = process.env.SCHEMA_REGISTRY_URL
  ? { schemaRegistryUrl: process.env.SCHEMA_REGISTRY_URL }
  : await testStack();

rowCodecsContract('codecs with a registry', async () => createRegistryCodecs({ url }));

const subject = (): string => `codec.${process.pid}.${Date.now()}`;
const config = `${url}/config`;

it('a subject is BACKWARD by itself, whatever the registry defaults to', async () => {
  const topic = subject();
  await createRegistryCodecs({ url }).encoder(topic, row('R', { a: string() }));
  const response = await fetch(`${config}/${topic}-value`);
  assert.equal(((await response.json()) as { compatibilityLevel: string }).compatibilityLevel, 'BACKWARD');
});

it('a stricter level that someone has set stays', async () => {
  const topic = subject();
  const codecs = createRegistryCodecs({ url });
  await codecs.encoder(topic, row('R', { a: string() }));
  const headers = { 'content-type': 'application/json' };
  await fetch(`${config}/${topic}-value`, { method: 'PUT', headers, body: '{"compatibility":"FULL"}' });
  await codecs.encoder(topic, row('R', { a: string() }));
  const response = await fetch(`${config}/${topic}-value`);
  assert.equal(((await response.json()) as { compatibilityLevel: string }).compatibilityLevel, 'FULL');
});

it('a registry that does not answer is MED_REGISTRY_UNAVAILABLE', async () => {
  const schema = row('R', { a: long() });
  const codecs = createRegistryCodecs({ url: 'http://127.0.0.1:9' });
  await assert.rejects(codecs.encoder('t', schema), { code: 'MED_REGISTRY_UNAVAILABLE' });
  const decoder = await codecs.decoder('t', schema);
  await assert.rejects(decoder.prepare([Buffer.from([0, 0, 0, 0, 1, 2])]), { code: 'MED_REGISTRY_UNAVAILABLE' });
});
