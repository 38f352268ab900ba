import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { VERSION_AGE_MS } from '../http/open-parts.ts';
import { asked, channelOf, listener, until, withLive } from './test/listeners.ts';

test('a commit is told to everybody who listens to its pipeline, each time once, by one read', async () => {
  let channel: ReturnType<typeof channelOf> | undefined;
  await withLive(
    async ({ live, database }) => {
      let polls = 0;
      const note = (): boolean => {
        polls = database.polls;
        return true;
      };
      const all = Array.from({ length: 50 }, () => listener(note));
      for (const { sink } of all) live.join('p', ['commit', 'counts'], sink);
      const other = listener();
      live.join('other', ['counts'], other.sink);
      const told = (commits: number): boolean =>
        [...all, other].every(({ events }) => events('counts').at(-1)?.data.commits === commits);
      await until(() => all.every(({ events }) => events('counts').length > 0 && events('commit').length > 0));
      await asked(database);
      const before = channel!.reads;
      const pollsBefore = database.polls;
      database.commits = 2;
      await until(() => all.every(({ events }) => events('counts').at(-1)?.data.commits === 2));
      assert.ok(polls <= pollsBefore + 2, 'by the first question that was asked after it, the one under way aside');
      await asked(database);
      assert.equal(channel!.reads, before + 1);
      assert.equal(told(2), false, 'the other pipeline had no commit');
      // The very same bytes, made once.
      assert.ok(all.every(({ frames }) => frames.at(-1) === all[0]!.frames.at(-1)));
      const commits = all[0]!.events('commit').map(({ data }) => data.version);
      assert.equal(new Set(commits).size, 2);
    },
    (database) => {
      channel = channelOf(database);
      return [channel];
    },
  );
});

test('a commit is told within a second: most of it is left for reading and sending', () => {
  assert.ok(VERSION_AGE_MS <= 300, 'the time until the next question');
});

test('who comes later is told the last state at once and as a whole; then only what has changed', () =>
  withLive(
    async ({ live, database }) => {
      const first = listener();
      live.join('p', ['counts'], first.sink);
      await until(() => first.events('counts').length === 1);
      database.commits = 2;
      await until(() => first.events('counts').length >= 2);
      const second = listener();
      live.join('p', ['counts'], second.sink);
      assert.deepEqual(second.events('counts')[0]?.data, { commits: 2, same: [1, 2, 3] });
      assert.deepEqual(
        first.events('counts').map(({ data }) => data),
        [{ commits: 1, same: [1, 2, 3] }, { commits: 2 }],
      );
      database.commits = 3;
      await until(() => second.events('counts').length === 2);
      assert.equal(first.frames.at(-1), second.frames.at(-1));
    },
    (database) => [channelOf(database, { onlyChanges: true })],
  ));

test('nothing is asked of Postgres while nobody listens', async () => {
  let channel: ReturnType<typeof channelOf> | undefined;
  await withLive(
    async ({ live, database }) => {
      await delay(30);
      assert.equal(database.polls, 0);
      const one = listener();
      const leave = live.join('p', ['counts', 'ticks'], one.sink);
      await until(() => one.events('ticks').length > 2);
      leave();
      leave();
      assert.equal(live.listeners, 0);
      await delay(30);
      const [polls, reads] = [database.polls, channel!.reads];
      database.commits = 2;
      await delay(50);
      assert.deepEqual([database.polls, channel!.reads], [polls, reads]);
      const next = listener();
      live.join('p', ['counts'], next.sink);
      await until(() => next.events('counts').at(-1)?.data.commits === 2);
    },
    (database) => {
      channel = channelOf(database);
      const read = async (): Promise<object> => ({ at: performance.now() });
      return [channel, channelOf(database, { name: 'ticks', when: 'clock', everyMs: 10, read })];
    },
  );
});

test('commits that follow one another closely are told no more often than the channel allows, the last one always', () =>
  withLive(
    async ({ live, database }) => {
      const one = listener();
      live.join('p', ['counts'], one.sink);
      const began = performance.now();
      await until(() => one.events('counts').length === 1);
      for (let i = 0; i < 20; i++) {
        database.commits += 1;
        await delay(10);
      }
      await until(() => one.events('counts').at(-1)?.data.commits === 21);
      // The first one, and one for each 80 ms that it took here; clocks that are read in whole ms leave some over.
      const most = 2 + (performance.now() - began) / 75;
      assert.ok(one.events('counts').length <= most, `${one.events('counts').length} of ${most}`);
    },
    (database) => [channelOf(database, { everyMs: 80 })],
  ));

test('what is read the same again is not told again, by channels that tell all of it too', () =>
  withLive(
    async ({ live }) => {
      const one = listener();
      live.join('p', ['ticks'], one.sink);
      await until(() => one.events('ticks').length >= 3);
      assert.deepEqual(
        one
          .events('ticks')
          .slice(0, 3)
          .map(({ data }) => data),
        [0, 1, 2].map((n) => ({ n, same: true })),
      );
    },
    (database) => {
      let reads = 0;
      const read = async (): Promise<object> => ({ n: Math.floor(reads++ / 4), same: true });
      return [channelOf(database, { name: 'ticks', when: 'clock', everyMs: 1, read })];
    },
  ));

test('a commit during a read is read once more after it', () =>
  withLive(
    async ({ live, database }) => {
      const one = listener();
      live.join('p', ['slow'], one.sink);
      await until(() => one.events('slow').length === 1);
      database.commits = 2;
      await delay(60);
      database.commits = 3;
      await until(() => one.events('slow').at(-1)?.data.commits === 3);
    },
    (database) => {
      const read = async (): Promise<object> => {
        const { commits } = database;
        await delay(120);
        return { commits };
      };
      return [channelOf(database, { name: 'slow', read })];
    },
  ));

test('a channel with nothing to say says nothing, and the stream shows that it is alive', () =>
  withLive(
    async ({ live, database }) => {
      const one = listener();
      const began = Date.now();
      live.join('p', ['silent'], one.sink);
      database.commits = 2;
      await until(() => one.events('ping').length > 2);
      assert.deepEqual(one.events('silent'), []);
      const at = Date.parse(String(one.events('ping')[0]!.data.at));
      assert.ok(began <= at && at <= Date.now());
    },
    (database) => [channelOf(database, { name: 'silent', read: async () => null })],
    { pingMs: 10 },
  ));
