import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cacheFolder, dataFolder, isOpenToAll, uniqueName } from './folders.ts';

test('MEDALLION_HOME moves downloads and data', () => {
  assert.equal(cacheFolder({ MEDALLION_HOME: '/big' }), '/big/cache');
  assert.equal(dataFolder({ MEDALLION_HOME: '/big' }), '/big/data');
});

test('downloads are kept per user by default', () => {
  assert.equal(cacheFolder({ XDG_CACHE_HOME: '/home/x/.cache' }), '/home/x/.cache/medallion');
});

test('a folder below a closed one is not open to all', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'medallion-folders-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'closed', 'inner'), { recursive: true });
  chmodSync(folder, 0o755);
  assert.equal(isOpenToAll(join(folder, 'closed', 'inner')), true);
  chmodSync(join(folder, 'closed'), 0o700);
  assert.equal(isOpenToAll(join(folder, 'closed', 'inner')), false);
});

test('two checkouts of the same name get different names', () => {
  assert.notEqual(uniqueName('/a/medallion'), uniqueName('/b/medallion'));
});
