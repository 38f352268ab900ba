import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Group, Lease } from '../../../../src/contract/operator.ts';
import { holderOf, holders, lagOf } from './holders.ts';

const group: Group = {
  ...{ group: 'p.silver', table: 'silver', state: 'Stable' },
  members: [{ clientId: 'silver-enrich', host: '/127.0.0.1', partitions: ['p.bronze[0]', 'p.bronze[10]'] }],
  partitions: [
    { topic: 'p.bronze', partition: 0, committed: 5, end: 9, lag: 4 },
    { topic: 'p.bronze', partition: 1, committed: null, end: 3, lag: 3 },
  ],
};

test('the lag of a group is that of all of its partitions', () => {
  assert.equal(lagOf(group), 7);
});

test('a partition that no member reads is read by nobody', () => {
  assert.equal(holderOf(group, group.partitions[0]!), 'silver-enrich at /127.0.0.1');
  assert.equal(holderOf(group, group.partitions[1]!), null);
});

test('holders of leases are counted, whoever has most first, and nobody is no holder', () => {
  const lease = (owner: string): Lease => ({
    ...{ topic: 't', partition: 0, epoch: 1, nextOffset: 0, lag: 0, watermark: null, idle: false, owner },
    updatedAt: '2026-12-24T00:00:00.000Z',
  });
  assert.deepEqual(holders([lease('a'), lease('b'), lease('b'), lease('')]), [
    { owner: 'b', leases: 2 },
    { owner: 'a', leases: 1 },
  ]);
});
