import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PipelinePlan } from '@medallion/pipeline';
import type { RunningFlow } from '@medallion/runtime';
import { endOf } from './run-layer-service.ts';

/** A plan of which only how it runs matters. */
const plan = (mode: PipelinePlan['mode'], development = false) => ({ mode, development }) as PipelinePlan;
const layer = (done: Promise<void>): RunningFlow => ({ done, stop: async () => {} });
const never = new Promise<void>(() => {});
const soon = () => new Promise((resolve) => setTimeout(() => resolve('still up'), 20));

test('F11 a service ends when all of its pipelines are triggered and have finished', async () => {
  const both = [plan('triggered'), plan('triggered')];
  const first = Promise.withResolvers<void>();
  const end = endOf(both, [layer(first.promise), layer(Promise.resolve())]);
  assert.equal(await Promise.race([end, soon()]), 'still up', 'one of them still works');
  first.resolve();
  assert.equal(await end, undefined);
});

test('F11 a service ends with the error of a triggered pipeline once the others have finished', async () => {
  const other = Promise.withResolvers<void>();
  const failed = Promise.reject(new Error('the flow could not go on'));
  failed.catch(() => {});
  const end = endOf([plan('triggered'), plan('triggered')], [layer(failed), layer(other.promise)]);
  assert.equal(await Promise.race([end?.catch(() => 'failed'), soon()]), 'still up', 'the other one is left to finish');
  other.resolve();
  await assert.rejects(end as Promise<void>, /could not go on/);
});

test('a service with a continuous pipeline never ends by itself, but for the first error in development', async () => {
  const failed = Promise.reject(new Error('an error'));
  failed.catch(() => {});
  assert.equal(endOf([plan('triggered'), plan('continuous')], [layer(Promise.resolve()), layer(never)]), null);
  assert.equal(endOf([plan('triggered'), plan('continuous')], [layer(failed), layer(never)]), null);
  const strict = endOf([plan('triggered'), plan('continuous', true)], [layer(Promise.resolve()), layer(failed)]);
  await assert.rejects(strict as Promise<void>, /an error/);
  const fine = endOf([plan('triggered', true), plan('continuous')], [layer(Promise.resolve()), layer(never)]);
  assert.equal(await Promise.race([fine, soon()]), 'still up');
});
