import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromInput, toInput } from './input-instant.ts';
import { clock, day, dayClock, dayMinute, hourMinute, secondsSince } from './instants.ts';

const AT = '2026-12-24T23:05:09.123Z';

test('an instant in UTC is as it was written', () => {
  assert.equal(clock(AT, 'utc'), '23:05:09');
  assert.equal(hourMinute(AT, 'utc'), '23:05');
  assert.equal(day(AT, 'utc'), '24 Dec 2026');
  assert.equal(dayMinute(AT, 'utc'), '24 Dec, 23:05');
  assert.equal(dayClock(Date.parse(AT), 'utc'), '24 Dec 2026, 23:05:09');
});

test('midnight is the hour 0, not 24', () => {
  assert.equal(clock('2026-12-25T00:00:00.000Z', 'utc'), '00:00:00');
});

test('what is no instant is shown as it is, and what is missing as missing', () => {
  assert.equal(clock('yesterday', 'utc'), 'yesterday');
  assert.equal(clock(null, 'local'), '–');
});

test('an age is counted from now', () => {
  assert.equal(secondsSince(AT, Date.parse(AT) + 35_000), 35);
  assert.equal(secondsSince(null, 0), null);
  assert.equal(secondsSince('never', 0), null);
});

test('a field for date and time holds the instant that it was given, to the minute, in either zone', () => {
  for (const zone of ['utc', 'local'] as const)
    assert.equal(fromInput(toInput(AT, zone), zone), '2026-12-24T23:05:00.000Z', zone);
  assert.equal(toInput(AT, 'utc'), '2026-12-24T23:05');
  assert.equal(toInput(undefined, 'utc'), '');
  assert.equal(fromInput('', 'local'), undefined);
});
