import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { channelOf, listener, until, withLive } from './test/listeners.ts';

test('who takes too little is let go, and nobody else notices', () =>
  withLive(
    async ({ live, database }) => {
      let takes = true;
      const slow = listener(() => takes);
      const quick = listener();
      live.join('p', ['counts'], slow.sink);
      live.join('p', ['counts'], quick.sink);
      await until(() => slow.events('counts').length > 0);
      takes = false;
      database.commits = 2;
      await until(() => quick.events('counts').at(-1)?.data.commits === 2);
      assert.equal(slow.state.ended, true);
      assert.equal(live.listeners, 1);
      database.commits = 3;
      await until(() => quick.events('counts').at(-1)?.data.commits === 3);
    },
    (database) => [channelOf(database)],
  ));

test('no more are let in than there is room for, until somebody leaves', () =>
  withLive(
    async ({ live }) => {
      const leave = live.join('p', [], listener().sink);
      live.join('p', [], listener().sink);
      assert.throws(() => live.join('p', [], listener().sink), { code: 'MED_LIVE_FULL' });
      leave();
      live.join('p', [], listener().sink);
    },
    () => [],
    { maxListeners: 2 },
  ));

test('while Postgres is away listeners are told so, once, and the stream goes on when it is back', () =>
  withLive(
    async ({ live, database, errors }) => {
      const one = listener();
      live.join('p', ['counts'], one.sink);
      await until(() => one.events('counts').length > 0);
      database.isAway = true;
      await until(() => one.events('trouble').length > 0);
      const trouble = one.events('trouble')[0]!.data.trouble as Record<string, string>;
      assert.equal(trouble.code, 'MED_STORE_UNAVAILABLE');
      assert.match(trouble.remedy!, /DATABASE_URL/);
      const late = listener();
      live.join('p', ['counts'], late.sink);
      assert.equal((late.events('trouble')[0]!.data.trouble as { code: string }).code, 'MED_STORE_UNAVAILABLE');
      await delay(50);
      assert.equal(one.events('trouble').length, 1);
      database.commits = 7;
      database.isAway = false;
      await until(() => [one, late].every(({ events }) => events('trouble').at(-1)?.data.trouble === null));
      await until(() => [one, late].every(({ events }) => events('counts').at(-1)?.data.commits === 7));
      assert.equal(one.state.ended || late.state.ended, false);
      assert.ok(errors.length <= 1);
    },
    (database) => [channelOf(database)],
  ));

test('a channel that fails is tried again and disturbs no other', () => {
  let isBroken = true;
  let failures = 0;
  return withLive(
    async ({ live, database, errors }) => {
      const one = listener();
      live.join('p', ['broken', 'counts'], one.sink);
      database.commits = 2;
      await until(() => one.events('counts').at(-1)?.data.commits === 2);
      assert.ok(failures > 0);
      assert.deepEqual(one.events('broken'), []);
      isBroken = false;
      await until(() => one.events('broken').length > 0);
      assert.equal(errors.length, failures);
    },
    (database) => {
      const read = async (): Promise<object> => {
        if (!isBroken) return { right: true };
        failures += 1;
        throw new Error('wrong');
      };
      return [channelOf(database, { name: 'broken', read }), channelOf(database)];
    },
  );
});

test('at the end all streams end, and nobody is let in any more', () =>
  withLive(async ({ live }) => {
    const all = [listener(), listener()];
    for (const { sink } of all) live.join('p', ['commit'], sink);
    live.close();
    assert.ok(all.every(({ state }) => state.ended));
    assert.equal(live.listeners, 0);
    assert.throws(() => live.join('p', ['commit'], listener().sink), { code: 'MED_LIVE_FULL' });
  }));
