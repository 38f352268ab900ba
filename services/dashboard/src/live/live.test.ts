import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type LogFields, silentLog, systemClock } from '@medallion/core';
import { type VersionDatabase, versionDatabase } from '../http/test-database.ts';
import { createVersions } from '../http/versions.ts';
import type { Channel } from '../parts.ts';
import { createLive, type Live } from './live.ts';

type Event = { readonly event: string; readonly data: Record<string, unknown> };

/** A listener that remembers; `takes` says whether it keeps up. */
const listener = (takes: () => boolean = () => true) => {
  const frames: Buffer[] = [];
  const state = { ended: false };
  const sink = {
    write(frame: Buffer): boolean {
      if (!takes()) return false;
      frames.push(frame);
      return true;
    },
    end: () => {
      state.ended = true;
    },
  };
  const events = (name?: string): Event[] =>
    frames
      .map((frame) => /^event: (\w+)\ndata: (.*)\n\n$/.exec(frame.toString()))
      .filter((match) => match !== null)
      .map(([, event, data]) => ({ event: event!, data: JSON.parse(data!) as Event['data'] }))
      .filter(({ event }) => name === undefined || event === name);
  return { sink, frames, events, state };
};

const channelOf = (database: VersionDatabase, more: Partial<Channel> = {}): Channel & { reads: number } => {
  const channel = {
    ...{ name: 'counts', when: 'commit' as const, everyMs: 0, onlyChanges: false, reads: 0 },
    async read() {
      channel.reads += 1;
      if (database.isAway) throw new Error('away');
      return { commits: database.commits, same: [1, 2, 3] };
    },
    ...more,
  };
  return channel;
};

async function withLive(
  body: (parts: { live: Live; database: VersionDatabase; errors: string[] }) => Promise<void>,
  channels: (database: VersionDatabase) => readonly Channel[] = () => [],
  more: { maxListeners?: number; pingMs?: number } = {},
): Promise<void> {
  const database = versionDatabase();
  const errors: string[] = [];
  const log = { ...silentLog, error: (_: LogFields, message: string) => void errors.push(message) };
  const versions = createVersions({ query: database.query, clock: systemClock, maxAgeMs: 5, retryMs: 5 });
  const live = createLive({
    ...{ versions, channels: channels(database), clock: systemClock, log, maxListeners: 100, pingMs: 60_000 },
    ...more,
  });
  try {
    await body({ live, database, errors });
  } finally {
    live.close();
    versions.close();
  }
}

async function until(check: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000 && !check(); i++) await delay(5);
  assert.ok(check(), 'it did not happen within 10 s');
}

test('a commit is told to everybody who listens to its pipeline, each time once, by one read', async () => {
  let channel: ReturnType<typeof channelOf> | undefined;
  await withLive(
    async ({ live, database }) => {
      const all = Array.from({ length: 50 }, () => listener());
      for (const { sink } of all) live.join('p', ['commit', 'counts'], sink);
      const other = listener();
      live.join('other', ['counts'], other.sink);
      const told = (commits: number): boolean =>
        [...all, other].every(({ events }) => events('counts').at(-1)?.data.commits === commits);
      await until(() => all.every(({ events }) => events('counts').length > 0 && events('commit').length > 0));
      await delay(30);
      const before = channel!.reads;
      database.commits = 2;
      await until(() => all.every(({ events }) => events('counts').at(-1)?.data.commits === 2));
      await delay(30);
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
      await until(() => one.events('counts').length === 1);
      for (let i = 0; i < 20; i++) {
        database.commits += 1;
        await delay(10);
      }
      await until(() => one.events('counts').at(-1)?.data.commits === 21);
      assert.ok(one.events('counts').length <= 8, `${one.events('counts').length}`);
    },
    (database) => [channelOf(database, { everyMs: 80 })],
  ));

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

test('what is read the same again is not told again, by channels that tell all of it too', () =>
  withLive(
    async ({ live }) => {
      const one = listener();
      live.join('p', ['ticks'], one.sink);
      await until(() => one.events('ticks').length === 3);
      assert.deepEqual(
        one.events('ticks').map(({ data }) => data),
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

test('a channel that fails is tried again and disturbs no other', () =>
  withLive(
    async ({ live, database, errors }) => {
      const one = listener();
      live.join('p', ['broken', 'counts'], one.sink);
      database.commits = 2;
      await until(() => one.events('counts').at(-1)?.data.commits === 2);
      assert.deepEqual(one.events('broken'), []);
      await until(() => one.events('broken').length > 0);
      assert.equal(errors.length, 1);
    },
    (database) => {
      let fails = 1;
      const read = async (): Promise<object> => {
        if (fails-- > 0) throw new Error('wrong');
        return { right: true };
      };
      return [channelOf(database, { name: 'broken', read }), channelOf(database)];
    },
  ));

test('a channel with nothing to say says nothing, and the stream shows that it is alive', () =>
  withLive(
    async ({ live, database }) => {
      const one = listener();
      live.join('p', ['silent'], one.sink);
      database.commits = 2;
      await until(() => one.events('ping').length > 2);
      assert.deepEqual(one.events('silent'), []);
      assert.ok(Math.abs(Date.parse(String(one.events('ping')[0]!.data.at)) - Date.now()) < 5_000);
    },
    (database) => [channelOf(database, { name: 'silent', read: async () => null })],
    { pingMs: 10 },
  ));

test('at the end all streams end, and nobody is let in any more', () =>
  withLive(async ({ live }) => {
    const all = [listener(), listener()];
    for (const { sink } of all) live.join('p', ['commit'], sink);
    live.close();
    assert.ok(all.every(({ state }) => state.ended));
    assert.equal(live.listeners, 0);
    assert.throws(() => live.join('p', ['commit'], listener().sink), { code: 'MED_LIVE_FULL' });
  }));
