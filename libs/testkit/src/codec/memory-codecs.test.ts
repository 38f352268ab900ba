import assert from 'node:assert/strict';
import { it } from 'node:test';
import { row, string } from '@medallion/schema';
import { rowCodecsContract } from './contract.ts';
import { createMemoryCodecs, MemoryRegistry } from './memory-codecs.ts';

rowCodecsContract('codecs in memory', async () => createMemoryCodecs());

it('a registry that is down is MED_REGISTRY_UNAVAILABLE', async () => {
  const registry = new MemoryRegistry();
  const codecs = createMemoryCodecs(registry);
  const schema = row('R', { a: string() });
  const value = (await codecs.encoder('t', schema)).encode({ a: 'x' });
  const decoder = await codecs.decoder('t', schema);
  registry.down = true;
  await assert.rejects(decoder.prepare([value]), { code: 'MED_REGISTRY_UNAVAILABLE' });
});
