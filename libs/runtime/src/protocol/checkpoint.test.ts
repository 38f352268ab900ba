import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, NEVER } from '@medallion/core';
import { fromCheckpoint, startPosition, toCheckpoint } from './checkpoint.ts';
import { Coordinates } from './coordinates.ts';

const at = { topic: 't', partition: 3 };

test('P4 a checkpoint holds offset, coordinates, watermark and where to restore from', () => {
  const position = {
    next: 42,
    watermark: instant(1_700_000_000_123),
    coordinates: Coordinates.from({ 'bronze:3': '41:0' }),
    restoreFrom: 17,
  };
  const back = fromCheckpoint(toCheckpoint(position, 'g', at), 'g', at);
  assert.deepEqual(
    { ...back, coordinates: back.coordinates.entries() },
    { ...position, coordinates: { 'bronze:3': '41:0' } },
  );
});

test('P4 a flow that has not seen a row has no watermark after a restart either', () => {
  const back = fromCheckpoint(toCheckpoint(startPosition(), 'g', at), 'g', at);
  assert.equal(back.watermark, NEVER);
  assert.equal(back.restoreFrom, null);
});

test('an offset that another tool has moved is refused by name, not guessed at', () => {
  for (const metadata of ['', 'x', '{}', '{"v":2}', '{"v":1,"c":{"a":"b"}}', 'null'])
    assert.throws(() => fromCheckpoint({ offset: 1, metadata }, 'g', at), { code: 'MED_CHECKPOINT_INVALID' });
});

test('a checkpoint that Kafka would not take is refused by name', () => {
  const coordinates = new Coordinates();
  for (let partition = 0; partition < 500; partition++)
    coordinates.advance({ flow: 'bronze', partition, offset: 1, index: 0 });
  assert.throws(() => toCheckpoint({ ...startPosition(), coordinates }, 'g', at), { code: 'MED_CHECKPOINT_INVALID' });
});
