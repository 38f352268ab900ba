import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type QuarantineRecord, quarantinedRow, UNTOLD } from './quarantined-row.ts';

const SECRET = 'Zebulon';
const record: QuarantineRecord = {
  ...{ table: 'silver', topic: 'shop.bronze', partition: 0, offset: 7, flow: 'silver', index: 0 },
  ...{ outcome: 'unparseable', reason: `Unexpected token in "${SECRET}"`, recorded_at: Number.NaN, ingested_at: 0 },
  ...{ key: Buffer.from(SECRET), value: Buffer.from(SECRET), headers: { who: SECRET }, readable: true },
  violations: [{ expectation: 'has_id', action: 'quarantine', rule: 'id is not null' }],
  row: { id: 1, name: SECRET, more: SECRET },
  ...{ requested_at: null, requested_by: null },
};
const open = { sensitive: false, open: new Set(['id']), hidden: new Set(['name']) };

test('who may see the bytes sees them as text, with key, headers, reason and the whole row', () => {
  const { key, value, headers, reason, row, recordedAt } = quarantinedRow(record, open, true);
  assert.deepEqual([key, value, headers, row], [SECRET, SECRET, { who: SECRET }, record.row]);
  assert.equal(reason, record.reason);
  assert.equal(recordedAt, '1970-01-01T00:00:00.000Z', 'a time that no calendar knows is that of its arrival');
});

test('a viewer, and anybody where something is personal, sees rules, coordinates and open columns, and nothing that quotes', () => {
  for (const [shown, bytes] of [
    [open, false],
    [{ ...open, sensitive: true }, true],
  ] as const) {
    const answer = quarantinedRow(record, shown, bytes);
    assert.ok(!JSON.stringify(answer).includes(SECRET), JSON.stringify(answer));
    assert.deepEqual([answer.reason, answer.rules, answer.row], [UNTOLD, ['has_id'], { id: 1, name: '***' }]);
    assert.equal(answer.place.offset, 7);
  }
});

test('a row or headers too long to be read are said to be cut', () => {
  const { row, headers, cut } = quarantinedRow({ ...record, row: null, headers: null }, open, true);
  assert.deepEqual([row, headers, cut], [null, {}, true]);
});
