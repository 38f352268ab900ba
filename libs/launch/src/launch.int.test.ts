import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, type Stack, startStack } from '@medallion/devstack';

const root = resolve(import.meta.dirname, '../../..');
/** A machine that builds something else meanwhile needs much longer than the 30 s that are promised for a quiet one. */
const PATIENCE_MS = 120_000;

const PORTS = { MEDALLION_METRICS_PORT: '14101', MEDALLION_DASHBOARD_PORT: '14100' };
/** Such a machine needs longer to drain, too. */
const DRAINING = { SHUTDOWN_TIMEOUT_MS: String(PATIENCE_MS) };

type Ledger = {
  readonly services: readonly { readonly name: string; readonly pid: number; readonly started: string }[];
};
type Run = { readonly child: ChildProcess; readonly ended: Promise<number | null>; text: string };

let stack: Stack;
let home: string;
const runs = new Set<Run>();

before(async () => {
  home = mkdtempSync(join(tmpdir(), 'medallion-launch-'));
  // Its own: the pipeline's topics and tables have names of their own, which other tests use as well.
  stack = await startStack({ mode: 'ephemeral', external: {} });
});
after(async () => {
  await stack.stop();
  rmSync(home, { recursive: true, force: true });
});

// A test that fails leaves its start running, on the ports of the next one.
afterEach(async () => {
  for (const { child, ended } of runs) {
    child.kill('SIGTERM');
    await ended;
  }
  runs.clear();
});

function start(...args: string[]): Run {
  const child = spawn(process.execPath, [join(root, 'scripts/start.ts'), '--plain', ...args], {
    cwd: root,
    env: { ...process.env, ...stack.env, MEDALLION_HOME: home, ...PORTS, ...DRAINING },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((end) => child.once('close', end));
  const run: Run = { child, ended, text: '' };
  runs.add(run);
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      run.text += chunk;
    });
  return run;
}

async function until(what: string, check: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!check()) {
    if (performance.now() > deadline) throw new Error(`no ${what} within ${PATIENCE_MS / 1000} s`);
    await delay(100);
  }
}

const ledger = (): Ledger['services'] =>
  (JSON.parse(readFileSync(join(home, 'services/stack.json'), 'utf8')) as Ledger).services;
const isAlive = ({ pid, started }: Ledger['services'][number]): boolean => identify(pid)?.started === started;

test('a start on parts of others comes up, starts again what dies, and stops only its own', async () => {
  const run = start('--rate', '50', '--seed', '1');
  await until('first gold row', () => /first gold row: there after/.test(run.text));
  await until('state', () => /silver-enrich: ready, in [\d.]+\/s/.test(run.text));
  await until('dashboard', () => /dashboard: ready after/.test(run.text));
  assert.match(run.text, /^dashboard: http:\/\/127\.0\.0\.1:14100$/m);
  const page = await fetch('http://127.0.0.1:14100/');
  assert.match(await page.text(), /<script type="module"/);
  const session = (await (await fetch('http://127.0.0.1:14100/api/session')).json()) as { canRedrive: boolean };
  assert.equal(session.canRedrive, true);
  const processes = ledger();
  assert.deepEqual(processes.map(({ name }) => name).sort(), [
    'bronze-ingest',
    'dashboard',
    'gold-aggregate',
    'santa-generator',
    'silver-enrich',
  ]);

  process.kill(processes.find(({ name }) => name === 'silver-enrich')!.pid, 'SIGKILL');
  await until('second silver-enrich', () => /silver-enrich ended \(killed by SIGKILL\)/.test(run.text));
  await until('restart', () => /silver-enrich: ready.*restarts [1-9]/.test(run.text));

  const all = [...processes, ...ledger()];
  run.child.kill('SIGINT');
  run.child.kill('SIGINT'); // as npm and the terminal send it: one press, not two
  assert.equal(await run.ended, 0, run.text);
  assert.match(run.text, /Stopped after .*all that was started here has ended/);
  assert.deepEqual(all.filter(isAlive), []);
  assert.deepEqual(
    [stack.kafka, stack.registry, stack.postgres].map((part) => part?.pid !== undefined),
    [true, true, true],
  );
});

test('a start that is killed leaves nothing behind, and the next one goes on', async () => {
  const first = start('--rate', '50', '--no-dashboard');
  await until('first gold row', () => /first gold row: there after/.test(first.text));
  const processes = ledger();
  assert.equal(processes.length, 4);
  first.child.kill('SIGKILL');
  await first.ended;
  await until('end of its processes', () => !processes.some(isAlive));

  const second = start('--no-generator', '--no-dashboard');
  await until('ready services', () => /gold-aggregate: ready after/.test(second.text));
  second.child.kill('SIGTERM');
  assert.equal(await second.ended, 0, second.text);
});

test('a port that somebody else has is named before anything is started, with the variable for another one', async () => {
  const taken = createServer().listen(14100, '127.0.0.1');
  try {
    const run = start();
    assert.equal(await run.ended, 1);
    assert.match(
      run.text,
      /MED_PORT_TAKEN: port 14100, wanted for the pages of the dashboard.*MEDALLION_DASHBOARD_PORT/,
    );
  } finally {
    taken.close();
  }
});

test('a start whose reader has gone stops in order, as if it had been told to once', async () => {
  const run = start('--no-generator', '--no-dashboard');
  await until('ready services', () => /gold-aggregate: ready after/.test(run.text));
  const processes = ledger();
  // What `npm start | head` does, or a terminal that is closed: every line from here on fails.
  run.child.stdout!.destroy();
  run.child.stderr!.destroy();
  assert.equal(await run.ended, 0);
  assert.deepEqual(processes.filter(isAlive), []);
  const log = readFileSync(join(home, 'logs/gold-aggregate.log'), 'utf8');
  assert.match(log.trim().split('\n').at(-1)!, /"code":0,"msg":"ended"/, 'it drained, and was not killed');
});
