import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const FIXTURE = fileURLToPath(new URL('../test/fixture-service.ts', import.meta.url));
/** Nothing takes so long, even where a machine gives a process few turns; one that has ended is not waited for. */
const TIME_LIMIT_MS = 240_000;

type Line = { msg: string; url?: string; code?: unknown; err?: { code?: string; remedy?: string } };

/** A real process of the fixture service. */
class Fixture {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  #hasEnded = false;
  stdout = '';
  stderr = '';

  constructor(t: TestContext, env: Record<string, string>) {
    this.child = spawn(process.execPath, [FIXTURE], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.stdout += chunk;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr += chunk;
    });
    this.exit = new Promise((resolve) => this.child.on('close', resolve));
    this.child.on('close', () => {
      this.#hasEnded = true;
    });
    t.after(() => this.child.kill('SIGKILL'));
  }

  lines(): Line[] {
    return this.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  line(msg: string): Line | undefined {
    return this.lines().find((line) => line.msg === msg);
  }

  /** Waits for a log line. */
  async says(msg: string): Promise<Line> {
    const deadline = performance.now() + TIME_LIMIT_MS;
    while (performance.now() < deadline) {
      const hadEnded = this.#hasEnded;
      const line = this.line(msg);
      if (line !== undefined) return line;
      if (hadEnded) break;
      await sleep(10);
    }
    throw new Error(`never said "${msg}": ${this.stdout}${this.stderr}`);
  }

  async get(path: string): Promise<{ status: number; body: string }> {
    const { url } = await this.says('serving /livez, /readyz and /metrics');
    const response = await fetch(`${url}${path}`, { headers: { connection: 'close' } });
    return { status: response.status, body: await response.text() };
  }
}

test('a service becomes ready, reports its port, serves its metrics, and ends with 0 on SIGTERM', async (t) => {
  const it = new Fixture(t, {});
  await it.says('ready');
  assert.equal((await it.get('/readyz')).status, 200);
  assert.match((await it.get('/metrics')).body, /medallion_records_in_total\{pipeline="p",table="t"\} 1/);
  it.child.kill('SIGTERM');
  assert.equal(await it.exit, 0);
  assert.ok(it.line('work in hand is finished'));
  assert.equal(it.stderr, '');
});

test('every problem of the configuration is on standard error, and the exit code is 2', async (t) => {
  const it = new Fixture(t, { MODE: 'odd', PORT: 'x', LOG_LEVL: 'info', FIXTURE_TOKEN_FILE: '/nowhere' });
  assert.equal(await it.exit, 2);
  assert.equal(it.stdout, '');
  for (const part of ['MED_CONFIG_INVALID', 'MODE: "odd"', 'PORT: "x"', 'LOG_LEVL is not known', '/nowhere', 'Remedy'])
    assert.ok(it.stderr.includes(part), part);
});

test('while it drains a service is alive and not ready', async (t) => {
  const it = new Fixture(t, { MODE: 'hang', SHUTDOWN_TIMEOUT_MS: '120000' });
  await it.says('ready');
  it.child.kill('SIGTERM');
  await it.says('work in hand is finished');
  assert.equal((await it.get('/livez')).status, 200);
  const ready = await it.get('/readyz?verbose');
  assert.equal(ready.status, 503);
  assert.equal(JSON.parse(ready.body).state, 'draining');
});

test('a service that is not drained at its deadline exits with 1', async (t) => {
  const it = new Fixture(t, { MODE: 'hang', SHUTDOWN_TIMEOUT_MS: '2000' });
  await it.says('ready');
  const told = performance.now();
  it.child.kill('SIGTERM');
  assert.equal(await it.exit, 1);
  assert.ok(performance.now() - told >= 1_900);
  assert.equal(it.line('the service failed')?.err?.code, 'MED_DRAIN_TIMEOUT');
});

test('a second signal ends a service at once, one that comes with the first does not', async (t) => {
  const it = new Fixture(t, { MODE: 'hang', SHUTDOWN_TIMEOUT_MS: '120000' });
  await it.says('ready');
  it.child.kill('SIGINT');
  it.child.kill('SIGTERM');
  await it.says('work in hand is finished');
  await sleep(700);
  assert.equal(it.child.exitCode, null);
  it.child.kill('SIGINT');
  assert.equal(await it.exit, 1);
  assert.ok(it.line('told to stop again: exiting at once'));
});

test('a service that is told to stop while it starts gives up and ends with 0', async (t) => {
  const it = new Fixture(t, { MODE: 'slow-start' });
  assert.equal(JSON.parse((await it.get('/readyz')).body).detail, 'the service is starting');
  it.child.kill('SIGTERM');
  assert.equal(await it.exit, 0);
  assert.ok(it.line('the start was given up'));
});

test('a start that fails, and work that fails for good, end with 1 and the code', async (t) => {
  const start = new Fixture(t, { MODE: 'start-fails' });
  assert.equal(await start.exit, 1);
  const failed = start.line('the service failed');
  assert.equal(failed?.err?.code, 'MED_TOPIC_MISSING');
  assert.match(failed?.err?.remedy ?? '', /create it/);
  const done = new Fixture(t, { MODE: 'done-fails' });
  assert.equal(await done.exit, 1);
  assert.equal(done.line('the service failed')?.code, 'MED_LEASE_LOST');
  assert.ok(done.line('work in hand is finished'));
});

test('a stop that fails ends with 1 and the code', async (t) => {
  const it = new Fixture(t, { MODE: 'stop-fails' });
  await it.says('ready');
  it.child.kill('SIGTERM');
  assert.equal(await it.exit, 1);
  assert.equal(it.line('the service failed')?.code, 'MED_APPEND_FAILED');
});

test('a service whose work is done ends with 0', async (t) => {
  const it = new Fixture(t, { MODE: 'done' });
  assert.equal(await it.exit, 0);
  assert.ok(it.line('work in hand is finished'));
});

test('an error that nobody caught ends the service with 1 and a code, without credentials', async (t) => {
  for (const mode of ['throws', 'rejects']) {
    const it = new Fixture(t, { MODE: mode });
    assert.equal(await it.exit, 1);
    assert.equal(it.line('an error that nobody caught: exiting')?.code, 'MED_UNEXPECTED');
    assert.ok(!it.stdout.includes('hunter2'));
  }
});

test('a port that is taken ends the start with 1 and the remedy', async (t) => {
  const first = new Fixture(t, {});
  const { url } = await first.says('serving /livez, /readyz and /metrics');
  const second = new Fixture(t, { PORT: new URL(url ?? '').port });
  assert.equal(await second.exit, 1);
  assert.equal(second.line('the service failed')?.err?.code, 'MED_PORT_TAKEN');
});

/**
 * Tries with a short stall timeout, and with longer ones: what happens within one is missed where a machine gives the service, or
 * whoever looks, no turn in that time.
 */
async function withStallTimeouts(t: TestContext, attempt: (it: Fixture, stallMs: number) => Promise<void>) {
  const longest = 24_000;
  for (let stallMs = 1_500; ; stallMs *= 4) {
    const it = new Fixture(t, { MODE: 'stalls', STALL_TIMEOUT_MS: String(stallMs) });
    try {
      await it.says('ready');
      return await attempt(it, stallMs);
    } catch (error) {
      if (stallMs === longest) throw error;
      t.diagnostic(`not with ${stallMs} ms: ${String(error)}`);
    }
  }
}

test('work without progress fails liveness, then ends the service with MED_STALLED', (t) =>
  withStallTimeouts(t, async (it, stallMs) => {
    assert.equal((await it.get('/livez')).status, 200);
    const late = AbortSignal.timeout(5 * stallMs);
    let stalled = await it.get('/livez');
    for (; stalled.status === 200; stalled = await it.get('/livez')) await sleep(50, undefined, { signal: late });
    assert.equal(stalled.status, 503);
    assert.equal(JSON.parse(stalled.body).code, 'MED_STALLED');
    assert.equal(await Promise.race([it.exit, sleep(5 * stallMs, 'still up', { ref: false })]), 1);
    assert.equal(it.line('no progress: exiting')?.code, 'MED_STALLED');
  }));

test('a service that was suspended for longer than the timeout is not taken for stalled', (t) =>
  withStallTimeouts(t, async (it, stallMs) => {
    it.child.kill('SIGSTOP');
    await sleep(2.5 * stallMs);
    it.child.kill('SIGCONT');
    assert.equal((await it.get('/livez')).status, 200);
    assert.equal(it.child.exitCode, null);
  }));
