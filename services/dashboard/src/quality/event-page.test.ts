import assert from 'node:assert/strict';
import { test } from 'node:test';
import { told } from './event-page.ts';

test('an event that names a code of the catalogue says what to do, with what it knows', () => {
  const { code, remedy } = told({ code: 'MED_REFRESH_UNFINISHED', pipeline: 'shop' });
  assert.equal(code, 'MED_REFRESH_UNFINISHED');
  assert.match(remedy!, /medallion refresh shop <table> --full/);
});

test('what is no code of the catalogue is none', () => {
  for (const detail of [null, 5, {}, { code: 7 }, { code: 'MED_NONE' }, { code: '__proto__' }, { code: 'constructor' }])
    assert.deepEqual(told(detail), { code: null, remedy: null });
});
