import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LiveEvent, type LiveState, nextLiveState, pollMs, retryMs } from './live-machine.ts';

const after = (...events: readonly LiveEvent[]): LiveState['name'] =>
  events.reduce<LiveState>((state, event) => nextLiveState(state, event, 1), { name: 'polling', since: 0 }).name;

test('an open stream is live, a lost one is polled', () => {
  assert.equal(after('stream-opened'), 'live');
  assert.equal(after('stream-opened', 'stream-lost'), 'polling');
});

test('who gets no answer is offline, and polls again with the first answer', () => {
  assert.equal(after('unanswered'), 'offline');
  assert.equal(after('stream-opened', 'stream-lost', 'unanswered'), 'offline');
  assert.equal(after('unanswered', 'answered'), 'polling');
});

test('another lost attempt does not turn offline into polling', () => {
  assert.equal(after('unanswered', 'stream-lost'), 'offline');
});

test('one unanswered question does not end what is live', () => {
  assert.equal(after('stream-opened', 'unanswered'), 'live');
  assert.equal(after('stream-opened', 'answered'), 'live');
});

test('a state began when it was entered, not when it was heard of last', () => {
  const offline = nextLiveState({ name: 'polling', since: 5 }, 'unanswered', 10);
  assert.deepEqual(offline, { name: 'offline', since: 10 });
  assert.equal(nextLiveState(offline, 'unanswered', 20), offline);
});

test('attempts begin at half a second and end at a quarter of a minute apart', () => {
  assert.deepEqual([0, 1, 2, 5, 50].map(retryMs), [500, 1_000, 2_000, 15_000, 15_000]);
});

test('without a stream the page asks every 10 to 30 seconds', () => {
  assert.deepEqual([0, 59_999, 60_000, 300_000, 10 ** 9].map(pollMs), [10_000, 10_000, 20_000, 30_000, 30_000]);
});
