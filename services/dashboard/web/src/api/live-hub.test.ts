import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveHub, MAX_FEEDS, PAGE_SILENT_MS } from './live-hub.ts';
import type { LiveNews, StreamEvents } from './live-news.ts';

type Opened = StreamEvents & { readonly pipeline: string; readonly channels: readonly string[]; isClosed: boolean };

/** A hub whose connections and clock the test moves. */
function outside() {
  const streams: Opened[] = [];
  let at = 0;
  const hub = new LiveHub({
    open(pipeline, channels, events) {
      const stream: Opened = { ...events, pipeline, channels, isClosed: false };
      streams.push(stream);
      return {
        close() {
          stream.isClosed = true;
        },
      };
    },
    now: () => at,
    random: () => 0.5,
  });
  return {
    hub,
    streams,
    open: () => streams.filter(({ isClosed }) => !isClosed),
    page(name: string, pipeline: string, ...channels: string[]) {
      const news: LiveNews[] = [];
      const want = (...wanted: string[]): void => {
        hub.want(name, { pipeline, channels: wanted }, (each) => void (each.kind !== 'here' && news.push(each)));
      };
      want(...channels);
      return { news, want, take: () => news.splice(0) };
    },
    pass(ms: number) {
      at += ms;
      hub.tick();
    },
  };
}

const message = (channel: string, said: object): LiveNews => ({ kind: 'message', channel, message: said });

test('twelve pages of one pipeline take one connection, and all are told', () => {
  const { hub, streams, page } = outside();
  const pages = Array.from({ length: 12 }, (_, i) => page(`page ${i}`, 'santa', 'overview'));
  assert.equal(streams.length, 1);
  streams[0]!.opened();
  streams[0]!.heard('overview', '{"a":1}');
  for (const { news } of pages) assert.deepEqual(news, [{ kind: 'opened' }, message('overview', { a: 1 })]);
  hub.tick();
  assert.equal(streams.length, 1);
});

test('who joins late is told the whole state: the first message with all that changed since', () => {
  const { streams, page } = outside();
  page('early', 'santa', 'overview');
  streams[0]!.opened();
  streams[0]!.heard('overview', '{"a":1,"b":1}');
  streams[0]!.heard('overview', '{"b":2}');
  assert.deepEqual(page('late', 'santa', 'overview').news, [{ kind: 'opened' }, message('overview', { a: 1, b: 2 })]);
});

test('a page that wants what nobody wanted gets a wider stream, and nobody is without one meanwhile', () => {
  const { streams, page, open } = outside();
  const first = page('first', 'santa', 'commit');
  streams[0]!.opened();
  const second = page('second', 'santa', 'overview');
  assert.deepEqual(streams[1]!.channels, ['commit', 'overview']);
  streams[0]!.heard('commit', '{"version":"1"}');
  assert.equal(open().length, 2);
  streams[1]!.opened();
  assert.deepEqual(open(), [streams[1]]);
  streams[0]!.heard('commit', '{"version":"late"}');
  streams[1]!.heard('overview', '{"a":1}');
  assert.deepEqual(first.news, [{ kind: 'opened' }, message('commit', { version: '1' })]);
  assert.deepEqual(second.news, [{ kind: 'opened' }, message('overview', { a: 1 })]);
});

test('a page is told of the channels that it wants alone', () => {
  const { streams, page } = outside();
  page('both', 'santa', 'commit', 'overview');
  const one = page('one', 'santa', 'commit');
  streams[0]!.opened();
  streams[0]!.heard('overview', '{"a":1}');
  assert.deepEqual(one.take(), [{ kind: 'opened' }]);
  one.want('commit', 'overview');
  assert.deepEqual(one.take(), [message('overview', { a: 1 })]);
});

test('channels that nobody wants any more are read on for ten seconds, in case somebody comes back', () => {
  const { hub, streams, page, pass, open } = outside();
  page('stays', 'santa', 'commit');
  page('goes', 'santa', 'commit', 'overview');
  streams.at(-1)!.opened();
  hub.leave('goes');
  pass(0);
  pass(9_000);
  const before = streams.length;
  pass(1_000);
  assert.equal(streams.length, before + 1);
  assert.deepEqual(streams.at(-1)!.channels, ['commit']);
  streams.at(-1)!.opened();
  assert.equal(open().length, 1);
});

test('the last page that leaves takes the stream with it, and what was kept', () => {
  const { hub, streams, page, open } = outside();
  page('one', 'santa', 'overview');
  streams[0]!.opened();
  streams[0]!.heard('overview', '{"a":1}');
  hub.leave('one');
  assert.deepEqual(open(), []);
  assert.deepEqual(page('two', 'santa', 'overview').news, []);
});

test('a page that says nothing any more is gone; should it only have slept, it knows that it missed something', () => {
  const { streams, page, pass, open } = outside();
  const asleep = page('asleep', 'santa', 'commit');
  const awake = page('awake', 'santa', 'commit');
  streams[0]!.opened();
  awake.take();
  for (let at = 0; at < PAGE_SILENT_MS; at += 15_000) {
    pass(15_000);
    streams[0]!.heard('ping', '{}');
    awake.want('commit');
  }
  assert.deepEqual(asleep.take().at(-1), { kind: 'lost' });
  streams[0]!.heard('commit', '{"version":"2"}');
  assert.deepEqual(asleep.take(), []);
  assert.deepEqual(awake.take(), [message('commit', { version: '2' })]);
  assert.equal(open().length, 1);
  asleep.want('commit');
  assert.deepEqual(asleep.take(), [{ kind: 'opened' }, message('commit', { version: '2' })]);
});

test('a lost connection is tried again after a wait that grows, and every page knows of it', () => {
  const { streams, page, pass } = outside();
  const { take } = page('one', 'santa', 'commit');
  streams[0]!.opened();
  streams[0]!.lost();
  assert.deepEqual(take(), [{ kind: 'opened' }, { kind: 'lost' }]);
  pass(499);
  assert.equal(streams.length, 1);
  pass(1);
  assert.equal(streams.length, 2);
  streams[1]!.lost();
  pass(999);
  assert.equal(streams.length, 2);
  pass(1);
  streams[2]!.opened();
  assert.deepEqual(take(), [{ kind: 'lost' }, { kind: 'opened' }]);
});

test('who joins while the connection is lost is told so, and nothing of before', () => {
  const { streams, page } = outside();
  page('one', 'santa', 'commit');
  streams[0]!.opened();
  streams[0]!.heard('commit', '{"version":"1"}');
  streams[0]!.lost();
  assert.deepEqual(page('two', 'santa', 'commit').news, [{ kind: 'lost' }]);
});

test('who hurries does not wait for the next attempt', () => {
  const { hub, streams, page } = outside();
  page('one', 'santa', 'commit');
  streams[0]!.lost();
  hub.want('one', { pipeline: 'santa', channels: ['commit'], hurry: true }, () => {});
  assert.equal(streams.length, 2);
});

test('a connection without a sign of life for 45 s is taken for lost, also one that never opened', () => {
  const { streams, page, pass } = outside();
  const { take } = page('one', 'santa', 'commit');
  streams[0]!.opened();
  pass(44_000);
  streams[0]!.heard('ping', '{}');
  pass(44_000);
  assert.equal(streams[0]!.isClosed, false);
  pass(1_000);
  assert.equal(streams[0]!.isClosed, true);
  assert.deepEqual(take(), [{ kind: 'opened' }, { kind: 'lost' }]);
});

test('what keeps the service from reading is told to who joins meanwhile, until it is over', () => {
  const { streams, page } = outside();
  const trouble = { code: 'MED_STORE_UNAVAILABLE', message: 'away', remedy: 'wait' };
  page('one', 'santa', 'commit');
  streams[0]!.opened();
  streams[0]!.heard('trouble', JSON.stringify({ at: 'then', trouble }));
  assert.deepEqual(page('two', 'santa', 'commit').news, [{ kind: 'opened' }, { kind: 'trouble', at: 'then', trouble }]);
  streams[0]!.heard('trouble', JSON.stringify({ at: 'now', trouble: null }));
  assert.deepEqual(page('three', 'santa', 'commit').news, [{ kind: 'opened' }]);
});

test('some connections of the browser are left for questions: a pipeline too many is polled until there is room', () => {
  const { hub, page, pass, open } = outside();
  for (let i = 0; i < MAX_FEEDS; i += 1) page(`page ${i}`, `pipeline ${i}`, 'commit');
  const { news } = page('one too many', 'another', 'commit');
  assert.deepEqual(news, [{ kind: 'lost' }]);
  assert.equal(open().length, MAX_FEEDS);
  hub.leave('page 0');
  pass(500);
  assert.deepEqual(open().at(-1)?.pipeline, 'another');
});

test('a page that goes to another pipeline leaves the one that it showed', () => {
  const { hub, page, open } = outside();
  page('one', 'santa', 'commit');
  hub.want('one', { pipeline: 'orders', channels: ['commit'] }, () => {});
  assert.deepEqual(
    open().map(({ pipeline }) => pipeline),
    ['orders'],
  );
});

test('after somebody else has logged in, or nobody is any more, all streams begin anew', () => {
  const { hub, streams, page, open } = outside();
  page('one', 'santa', 'commit');
  streams[0]!.opened();
  hub.renew();
  assert.equal(streams[0]!.isClosed, true);
  assert.equal(open().length, 1);
});
