import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trouble } from '../../../src/contract/operator.ts';
import { byUrgency, calmText, countStates, LOOKS, STATES, serviceTone, worst } from './states.ts';

test('red is only what stopped or stalled', () => {
  assert.deepEqual(
    STATES.filter((state) => LOOKS[state].tone === 'bad'),
    ['stopped', 'stalled'],
  );
});

test('green is only what flows: silence is not', () => {
  assert.deepEqual(
    STATES.filter((state) => LOOKS[state].tone === 'good'),
    ['flowing'],
  );
});

test('every state has a word of its own', () => {
  assert.equal(new Set(STATES.map((state) => LOOKS[state].word)).size, STATES.length);
});

test('the worst of several states counts, and what was never seen hides nothing', () => {
  assert.equal(worst(['flowing', 'stalled', 'silent']), 'stalled');
  assert.equal(worst(['unknown', 'flowing']), 'flowing');
  assert.equal(worst(['unknown']), 'unknown');
  assert.equal(worst([]), 'unknown');
});

test('states are counted worst first', () => {
  assert.deepEqual(countStates(['flowing', 'stopped', 'flowing']), [
    { state: 'stopped', count: 1 },
    { state: 'flowing', count: 2 },
  ]);
});

test('a service that is away or fails is bad, one that comes or goes is not', () => {
  assert.deepEqual(['ready', 'starting', 'draining', 'failing', 'unreachable', 'something else'].map(serviceTone), [
    'good',
    'warn',
    'warn',
    'bad',
    'bad',
    'unknown',
  ]);
});

test('errors come before warnings, and keep their order', () => {
  const trouble = (severity: Trouble['severity'], subject: string): Trouble => ({
    ...{ severity, subject, code: null, message: '', remedy: null },
  });
  const sorted = byUrgency([
    trouble('warning', 'a'),
    trouble('error', 'b'),
    trouble('warning', 'c'),
    trouble('error', 'd'),
  ]);
  assert.deepEqual(
    sorted.map(({ subject }) => subject),
    ['b', 'd', 'a', 'c'],
  );
});

test('where no trouble is told, only a pipeline that flows is called well', () => {
  assert.equal(calmText(['flowing', 'flowing', 'unknown']), 'Nothing is wrong now');
  assert.equal(calmText(['flowing', 'silent', 'silent']), '2 tables are silent: nothing waits, and nothing comes');
  assert.equal(calmText(['behind', 'silent']), '1 table is behind: records wait longer than they should');
  assert.equal(calmText([]), 'Nothing was ever seen here: are the services running?');
  for (const state of STATES) assert.equal(/Nothing is wrong/.test(calmText([state])), state === 'flowing', state);
});
