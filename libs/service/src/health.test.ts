import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, MedallionError } from '@medallion/core';
import fc from 'fast-check';
import { createHealth, failedCheck, type HealthState, troubleOf } from './health.ts';

function healthAt(epochMs = 0) {
  const clock = { ms: epochMs, now: () => clock.ms as Instant };
  return { clock, health: createHealth(clock) };
}

const trouble = { code: 'MED_X', message: 'm', remedy: 'r' };

test('a service is ready only in the state ready with every check ok', () => {
  const { health } = healthAt();
  assert.equal(health.report().ready, false);
  health.set('kafka', { ok: true });
  assert.equal(health.report().ready, false);
  health.moveTo('ready');
  assert.equal(health.report().ready, true);
  health.set('kafka', { ok: false, ...trouble });
  assert.equal(health.report().ready, false);
  health.remove('kafka');
  assert.equal(health.report().ready, true);
  health.moveTo('draining');
  assert.equal(health.report().ready, false);
});

test('since is the instant of the last change between ok and failed', () => {
  const { clock, health } = healthAt(1_000);
  const since = () => health.report().checks[0]?.since;
  health.set('kafka', { ok: true });
  clock.ms = 2_000;
  health.set('kafka', { ok: true });
  assert.equal(since(), '1970-01-01T00:00:01.000Z');
  health.set('kafka', { ok: false, ...trouble });
  clock.ms = 3_000;
  health.set('kafka', { ok: false, ...trouble, message: 'still' });
  assert.equal(since(), '1970-01-01T00:00:02.000Z');
});

test('whatever is asked of it, a service only takes the steps of the diagram', () => {
  const order: readonly HealthState[] = ['starting', 'ready', 'draining', 'stopped', 'failed'];
  const step = fc.constantFrom('ready' as const, 'draining' as const, 'stopped' as const, 'failed' as const);
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { health } = healthAt();
      for (const to of steps) {
        const before = health.state;
        const moved = to === 'failed' ? health.fail(trouble) : health.moveTo(to);
        assert.equal(health.state, moved ? to : before);
        if (before === 'stopped' || before === 'failed') assert.equal(moved, false);
        if (moved) assert.ok(order.indexOf(to) > order.indexOf(before));
        if (moved && to === 'stopped') assert.equal(before, 'draining');
      }
    }),
  );
});

test('the first trouble of a failed service stays', () => {
  const { health } = healthAt();
  assert.equal(health.fail(trouble), true);
  assert.equal(health.fail({ ...trouble, code: 'MED_LATER' }), false);
  assert.equal(health.report().trouble?.code, 'MED_X');
});

test('an error becomes a check with code, message and remedy, without credentials', () => {
  const error = new MedallionError('MED_STORE_UNAVAILABLE', { reason: 'postgres://me:hunter2@db refused' });
  const check = failedCheck(error);
  assert.ok(!check.ok && check.code === 'MED_STORE_UNAVAILABLE' && check.remedy === error.remedy);
  assert.ok(!JSON.stringify(check).includes('hunter2'));
  assert.equal(troubleOf('just text').code, 'MED_UNEXPECTED');
});
