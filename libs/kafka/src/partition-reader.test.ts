import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogRecord } from '@medallion/runtime';
import { type Arrived, PartitionReader } from './partition-reader.ts';

const record = (offset: number): LogRecord => ({ offset, key: null, value: null, headers: {}, timestampMs: 0 });

const arrived = (from: number, offsets: readonly number[], more: Partial<Arrived> = {}): Arrived => ({
  from,
  records: offsets.map(record),
  end: (offsets.at(-1) ?? from - 1) + 1,
  low: 0,
  highWatermark: 100,
  ...more,
});

const readerAt = (next: number): PartitionReader => {
  const reader = new PartitionReader({ topic: 't', partition: 3 });
  reader.state = 'open';
  reader.next = next;
  return reader;
};

const offsets = (reader: PartitionReader, what: Arrived): number[] =>
  reader.accept(what, 'g')?.records.map(({ offset }) => offset) ?? [];

describe('what arrived of a partition', () => {
  it('is taken from the expected offset on; what was read before is left out', () => {
    assert.deepEqual(offsets(readerAt(10), arrived(10, [10, 11])), [10, 11]);
    assert.deepEqual(offsets(readerAt(11), arrived(10, [10, 11, 12])), [11, 12]);
    assert.deepEqual(offsets(readerAt(20), arrived(10, [10, 11])), []);
  });

  it('may skip offsets that the log itself skips', () => {
    assert.deepEqual(offsets(readerAt(10), arrived(10, [14, 17])), [14, 17]);
  });

  it('is a gap when the log begins behind the expected offset', () => {
    assert.throws(() => offsets(readerAt(10), arrived(10, [14], { low: 14 })), { code: 'MED_LOG_GAP' });
  });

  it('follows only when the fetch began at or before the expected offset', () => {
    assert.ok(readerAt(10).follows(arrived(10, [10])));
    assert.ok(readerAt(10).follows(arrived(8, [8])));
    assert.ok(!readerAt(10).follows(arrived(11, [11])), 'else what lies between would go unnoticed');
  });

  it('ends at its last record when only markers follow', () => {
    const high = (what: Arrived) => readerAt(10).accept(what, 'g')?.highWatermark;
    assert.equal(high(arrived(10, [10, 11], { end: 13, highWatermark: 13 })), 12);
    assert.equal(high(arrived(10, [10, 11], { end: 12, highWatermark: 13 })), 13);
  });
});
