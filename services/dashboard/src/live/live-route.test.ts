import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openTestApp, readerOf, steadyParts, type TestApp } from '../http/test-app.ts';
import type { Channel } from '../parts.ts';

/** A channel that always has so many bytes of news. */
const flood = (bytes: number): Channel => ({
  ...{ name: 'flood', when: 'clock', everyMs: 10, onlyChanges: false },
  read: async () => ({ at: performance.now(), text: 'a'.repeat(bytes) }),
});

async function withServer(bytes: number, body: (port: number, app: TestApp) => Promise<void>): Promise<void> {
  const app = await openTestApp({
    parts: steadyParts({ reader: readerOf(async () => []) }),
    features: () => [{ routes() {}, channels: [flood(bytes)] }],
  });
  const url = await app.app.listen({ host: '127.0.0.1', port: 0 });
  try {
    await body(Number(new URL(url).port), app);
  } finally {
    await app.close();
  }
}

/** Asks for the stream; what comes is read only while the socket flows. */
function listen(port: number, channels: string): { readonly socket: Socket; readonly seen: () => string } {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  socket.on('error', () => {});
  socket.write(`GET /api/live?pipeline=p&channels=${channels} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  return { socket, seen: () => text };
}

async function until(check: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 60_000; !check() && performance.now() < deadline; ) await delay(10);
  assert.ok(check(), 'it did not happen within 60 s');
}

test('the stream has the headers that keep everything on the way from holding it back', () =>
  withServer(10, async (port) => {
    const { socket, seen } = listen(port, 'commit,flood');
    await until(() => seen().includes('event: flood'));
    const [head = ''] = seen().split('\r\n\r\n');
    assert.match(head, /^HTTP\/1.1 200/);
    assert.match(head, /content-type: text\/event-stream/i);
    assert.match(head, /cache-control: no-store, no-transform/i);
    assert.match(head, /content-security-policy: default-src 'none'/i);
    assert.doesNotMatch(head, /content-encoding/i);
    assert.match(seen(), /retry: 1000\n\n/);
    socket.destroy();
  }));

/** More than the buffers of both ends of a connection hold together, however the system lets them grow. */
const BEYOND_BUFFERS = 30_000_000;

test('a browser that reads nothing is let go before much waits for it, while another one is told all', () =>
  withServer(500_000, async (port) => {
    const slow = listen(port, 'flood');
    const quick = listen(port, 'flood');
    await until(() => slow.seen().length > 0 && quick.seen().length > 0);
    slow.socket.pause();
    const taken = slow.seen().length;
    let ended = false;
    slow.socket.once('close', () => {
      ended = true;
    });
    const before = quick.seen().length;
    await until(() => quick.seen().length > before + BEYOND_BUFFERS);
    slow.socket.resume();
    await until(() => ended);
    assert.ok(slow.seen().length - taken < BEYOND_BUFFERS);
    const count = quick.seen().length;
    await until(() => quick.seen().length > count + 1_000_000);
    quick.socket.destroy();
  }));

test('an unknown channel, a channel too much and no pipeline are refused as problems', () =>
  withServer(10, async (_port, { get }) => {
    for (const url of [
      '/api/live?pipeline=p&channels=none',
      '/api/live',
      '/api/live?pipeline=p&more=1',
      `/api/live?pipeline=${'p'.repeat(101)}`,
    ])
      assert.equal((await get(url)).status, 400, url);
  }));

test('a server that stops ends its streams, and does not wait for who listens', () =>
  withServer(10, async (port, app) => {
    const { socket, seen } = listen(port, 'flood');
    await until(() => seen().includes('event: flood'));
    const ended = [false, false];
    socket.once('close', () => {
      ended[0] = true;
    });
    // One that waited would wait for ever: the listener stays, and the stream has no end of its own.
    const closing = app.close().then(() => {
      ended[1] = true;
    });
    await until(() => ended.every(Boolean));
    await closing;
    assert.match(seen(), /\r\n0\r\n\r\n$/, 'the stream ended in order');
  }));
