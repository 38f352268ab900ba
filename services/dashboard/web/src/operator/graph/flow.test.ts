import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Status } from '../../../../src/contract/operator.ts';
import { flowLook, flowsAlong, flowText, together } from './flow.ts';

test('where nothing flows nothing moves', () => {
  assert.equal(flowLook(0).seconds, null);
  assert.equal(flowLook(null).seconds, null);
  assert.notEqual(flowLook(0.1).seconds, null);
});

test('more is wider and faster, up to a bound', () => {
  const rates = [0.1, 1, 10, 100, 1_000, 10_000].map(flowLook);
  for (const [i, { width, seconds }] of rates.slice(1).entries()) {
    assert.ok(width > rates[i]!.width);
    assert.ok((seconds as number) < (rates[i]!.seconds as number));
  }
  assert.deepEqual(flowLook(1e9), flowLook(10_000));
});

test('the flows of an arrow that stands for several add up, and what none says stays unsaid', () => {
  assert.deepEqual(
    together([
      { recordsPerSecond: 1, lagRecords: null },
      { recordsPerSecond: 2.5, lagRecords: null },
    ]),
    { recordsPerSecond: 3.5, lagRecords: null },
  );
  assert.deepEqual(together([]), { recordsPerSecond: null, lagRecords: null });
});

test('what is written on an arrow is short whatever flows, so that the room that is kept for it is enough', () => {
  assert.deepEqual(flowText({ recordsPerSecond: 20.83, lagRecords: 12 }), ['20.8/s', 'lag 12']);
  assert.deepEqual(flowText({ recordsPerSecond: 0, lagRecords: 0 }), ['0/s'], 'nothing waits');
  assert.deepEqual(flowText({ recordsPerSecond: 0, lagRecords: null }), ['0/s'], 'what waits is not known');
  assert.deepEqual(flowText({ recordsPerSecond: null, lagRecords: 12 }), [], 'nothing is known');
  const many = fc.double({ min: 0, max: 9e8, noNaN: true });
  fc.assert(
    fc.property(many, fc.nat(900_000_000), (recordsPerSecond, lagRecords) => {
      for (const line of flowText({ recordsPerSecond, lagRecords })) assert.ok(line.length <= 10, line);
    }),
  );
});

test('a lag is late only where a table that it leads to is in trouble', () => {
  const along = (state: 'flowing' | 'behind', lagRecords: number) => {
    const table = { table: 'b', state } as Status['tables'][number];
    const edge = { source: 'a', target: 'b', recordsPerSecond: 2, lagRecords };
    const status = { tables: [table], edges: [edge] } as unknown as Status;
    return flowsAlong([{ id: 'a → b', source: 'a', target: 'b', members: [edge] }], status).get('a → b');
  };
  assert.deepEqual(along('behind', 3), { recordsPerSecond: 2, lagRecords: 3, late: true });
  assert.equal(along('flowing', 3)?.late, false);
  assert.equal(along('behind', 0)?.late, false);
});
