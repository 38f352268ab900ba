import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimPorts, freePorts, isFree } from './ports.ts';

const skip = process.platform === 'linux' ? false : 'claims need 127.0.0.2';

test('a port that is claimed is given to nobody else, and free for the service that it is for', { skip }, async () => {
  const [port = 0] = await freePorts(1);
  const alone = { lowest: port, highest: port + 1 };
  assert.deepEqual(await claimPorts(1, alone), [port]);
  await assert.rejects(claimPorts(1, alone), /no 1 free ports/);
  await assert.rejects(freePorts(1, alone), /no 1 free ports/);
  assert.equal(await isFree(port), true);
});
