import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { OutRecord } from '@medallion/runtime';
import fc from 'fast-check';
import { cut } from './appender.ts';
import { encodeRecordBatch } from './record-batch/encode.ts';

const record = (bytes: number): OutRecord => ({ key: null, value: Buffer.alloc(bytes), headers: {} });

it('records are cut in order into batches that fit; only a record that is too large by itself is alone in a larger one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1_500).map(record), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 100, max: 2_000 }),
      (records, limit) => {
        const runs = cut(records, limit);
        assert.deepEqual(runs.flat(), records);
        for (const run of runs) {
          assert.ok(run.length > 0);
          assert.ok(run.length === 1 || encodeRecordBatch(run, 0).length <= limit);
        }
      },
    ),
  );
});

it('what fits is not cut, and not copied', () => {
  const records = [record(10), record(10)];
  assert.equal(cut(records, 1_000)[0], records);
});
