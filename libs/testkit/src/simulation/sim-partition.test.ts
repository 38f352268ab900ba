import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimPartition } from './sim-partition.ts';
import { SimProcess } from './sim-process.ts';
import { VirtualTime } from './virtual-time.ts';

const record = { key: null, value: Buffer.from('x'), headers: {} };

test('a record tells who wrote it, and what he knew when he was given the round that it is of', async () => {
  const time = new VirtualTime(1);
  const trueNow = () => time.now;
  await time.run(5, () => false);
  const process = new SimProcess({ name: 'p#0', seed: 1, schedule: time.schedule, trueNow, skewMs: 0 });
  const partition = new SimPartition(trueNow);
  process.follows('t', new Map([[0, 3]]));
  process.given('g');
  // What comes while he works at the round is of the next one.
  process.follows('t', new Map([[0, 7]]));
  await time.run(8, () => false);
  const early = process.writer;
  process.given('g');
  partition.append([record], 0, early);
  partition.append([record], 0, process.writer);
  partition.append([record], 0);
  assert.deepEqual(partition.writer(0), { ...early, name: 'p#0', startedMs: 5, sentMs: 8 });
  assert.equal(partition.writer(0)!.knew.get('g')!.get('0 t'), 3);
  assert.equal(partition.writer(1)!.knew.get('g')!.get('0 t'), 7);
  assert.equal(partition.writer(2), null, 'the world outside');
});

test('who wrote a record, and when, is known when retention has removed it', () => {
  let now = 4;
  const partition = new SimPartition(() => now);
  partition.append([record], 0);
  now = 9;
  partition.append([record], 0);
  partition.truncate(1);
  assert.equal(partition.appendedMs(0), 4);
  assert.equal(partition.appendedMs(1), 9);
  assert.equal(partition.highAt(5), 1);
});
