import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { isMedallionError, silentLog, systemClock } from '@medallion/core';
import { createHealth } from './health.ts';
import { serveOps } from './http.ts';
import type { Verdict } from './watchdog.ts';

const kafkaDown = {
  ok: false,
  code: 'MED_LOG_UNAVAILABLE',
  message: 'Kafka does not answer',
  remedy: 'check KAFKA_BROKERS',
} as const;

async function serve(t: TestContext, overrides: { text?: () => Promise<string>; port?: number } = {}) {
  const health = createHealth(systemClock);
  const watched: { verdict: Verdict } = { verdict: { state: 'resting' } };
  const text = overrides.text ?? (async () => 'up 1\n');
  const server = await serveOps({
    host: '127.0.0.1',
    port: overrides.port ?? 0,
    service: 'silver-enrich',
    health,
    log: silentLog,
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', text },
    verdict: () => watched.verdict,
  });
  t.after(() => server.close());
  const get = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${server.url}${path}`, init);
    const body = await response.text();
    return { status: response.status, type: response.headers.get('content-type'), body };
  };
  const json = async (path: string, init?: RequestInit) => JSON.parse((await get(path, init)).body);
  return { health, watched, server, get, json };
}

/** What the server answers to bytes that fetch would not send. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
    // It is closed before it has read all: that may come as an error after the answer.
    socket.on('error', (error) => answer === '' && reject(error));
  });
}

test('a service is not ready while starting, ready after it, and not ready while draining', async (t) => {
  const { health, get, json } = await serve(t);
  assert.equal((await get('/readyz')).status, 503);
  assert.equal((await json('/readyz')).detail, 'the service is starting');
  health.moveTo('ready');
  assert.deepEqual(await json('/readyz'), { status: 'ready' });
  health.moveTo('draining');
  const draining = await get('/readyz');
  assert.equal(draining.status, 503);
  assert.match(draining.type ?? '', /^application\/problem\+json/);
  assert.equal((await get('/livez')).status, 200);
});

test('a failed check makes a service unready and says which, why and what to do', async (t) => {
  const { health, get, json } = await serve(t);
  health.moveTo('ready');
  health.set('registry', { ok: true });
  health.set('kafka', kafkaDown);
  const answer = await get('/readyz');
  assert.equal(answer.status, 503);
  assert.deepEqual(JSON.parse(answer.body), {
    type: 'urn:medallion:error:MED_LOG_UNAVAILABLE',
    title: 'MED_LOG_UNAVAILABLE',
    status: 503,
    detail: 'kafka: Kafka does not answer',
    code: 'MED_LOG_UNAVAILABLE',
    remedy: 'check KAFKA_BROKERS',
  });
  const verbose = await json('/readyz?verbose');
  assert.equal(verbose.state, 'ready');
  const [registry, kafka] = verbose.checks;
  assert.deepEqual({ ...registry, since: '' }, { name: 'registry', since: '', ok: true });
  assert.deepEqual({ ...kafka, since: '' }, { name: 'kafka', since: '', ...kafkaDown });
  assert.match(kafka.since, /^\d{4}-.*Z$/);
  health.set('kafka', { ok: true });
  assert.equal((await json('/readyz?verbose')).status, 'ready');
});

test('a failed service says why', async (t) => {
  const { health, json } = await serve(t);
  health.fail({ code: 'MED_LOG_GAP', message: 'm', remedy: 'r' });
  const answer = await json('/readyz?verbose');
  assert.equal(answer.code, 'MED_LOG_GAP');
  assert.equal(answer.state, 'failed');
});

test('liveness follows the watchdog and no check', async (t) => {
  const { health, watched, get, json } = await serve(t);
  health.set('kafka', kafkaDown);
  watched.verdict = { state: 'working' };
  assert.deepEqual(await json('/livez'), { status: 'alive', work: 'working' });
  watched.verdict = { state: 'stalled', name: 'a', pending: 12, stalledMs: 60_000.4 };
  const stalled = await get('/livez');
  assert.equal(stalled.status, 503);
  assert.equal(JSON.parse(stalled.body).code, 'MED_STALLED');
  assert.match(JSON.parse(stalled.body).detail, /no progress for 60000 ms while 12 records wait/);
});

test('metrics are served with their content type', async (t) => {
  const { get } = await serve(t);
  const { status, type, body } = await get('/metrics');
  assert.deepEqual(
    { status, type, body },
    {
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      body: 'up 1\n',
    },
  );
});

test('an unknown path or method is a problem, not a page', async (t) => {
  const { get } = await serve(t);
  for (const [path, method] of [
    ['/nothing', 'GET'],
    ['/livez', 'DELETE'],
    ['/%ff', 'GET'],
  ] as const) {
    const { status, type, body } = await get(path, { method });
    assert.ok(status === 404 || status === 400);
    assert.match(type ?? '', /^application\/problem\+json/);
    assert.equal(JSON.parse(body).status, status);
  }
});

test('what went wrong inside is not told to a client', async (t) => {
  const text = async () => {
    throw new Error('postgres://me:hunter2@db');
  };
  const { get } = await serve(t, { text });
  const { status, body } = await get('/metrics');
  assert.equal(status, 500);
  assert.deepEqual(Object.keys(JSON.parse(body)), ['type', 'title', 'status', 'detail']);
  assert.ok(!/hunter2|stack|http\.test/.test(body));
});

test('a request that is too large or no HTTP at all is refused with a problem', async (t) => {
  const { server, get } = await serve(t);
  const large = await get('/livez', { method: 'POST', body: 'x'.repeat(100_000) });
  assert.ok(large.status === 413 || large.status === 404);
  assert.match(await raw(server.port, 'nonsense\r\n\r\n'), /^HTTP\/1\.1 400 .*"status":400/s);
  const header = `GET /livez HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(17_000)}\r\n\r\n`;
  assert.match(await raw(server.port, header), /^HTTP\/1\.1 431 .*"status":431/s);
});

test('a port that is taken is an error with the remedy', async (t) => {
  const { server } = await serve(t);
  await assert.rejects(serve(t, { port: server.port }), (error) => {
    assert.ok(isMedallionError(error) && error.code === 'MED_PORT_TAKEN');
    assert.match(error.message, new RegExp(`port ${server.port}, wanted for silver-enrich, is taken`));
    return true;
  });
});

test('an address that is not of this machine is an error with the remedy', async () => {
  const health = createHealth(systemClock);
  const metrics = { contentType: 'text/plain', text: async () => '' };
  const verdict = (): Verdict => ({ state: 'resting' });
  await assert.rejects(
    serveOps({ host: '192.0.2.1', port: 0, service: 'x', health, log: silentLog, metrics, verdict }),
    (error) => isMedallionError(error) && error.code === 'MED_LISTEN_FAILED',
  );
});
