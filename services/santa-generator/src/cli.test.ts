import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { instant } from '@medallion/core';
import { parseCli, type Settings } from './cli.ts';
import { lastChristmas } from './options.ts';
import { CHRISTMAS } from './test-support.ts';

const now = instant(Date.UTC(2026, 5, 1));
const parsed = (line: string, env: Record<string, string> = {}): Settings =>
  parseCli(line === '' ? [] : line.split(' '), { env, now, seed: 99 });

test('with no argument it sends to Kafka at the pace of the clock, from now on', () => {
  assert.deepEqual(parsed(''), {
    generator: { seed: 99, start: now, speed: 1, quality: 'realistic', underWay: true },
    pace: 'speed',
    target: { to: 'kafka', brokers: ['127.0.0.1:9092'], topic: 'santa.deliveries.raw', partitions: 4 },
    ops: null,
    json: false,
  });
});

test('a flag counts more than the environment, which counts more than the default', () => {
  const brokers = (settings: Settings) => (settings.target.to === 'kafka' ? settings.target.brokers : []);
  assert.deepEqual(brokers(parsed('', { KAFKA_BROKERS: 'a:1, b:2' })), ['a:1', 'b:2']);
  assert.deepEqual(brokers(parsed('--brokers [::1]:9092', { KAFKA_BROKERS: 'a:1' })), ['[::1]:9092']);
});

test('event time that runs faster than the clock starts at the last Christmas that is over', () => {
  assert.equal(parsed('--speed 60').generator.start, CHRISTMAS);
  assert.equal(parsed('--rate max').generator.start, CHRISTMAS);
  assert.equal(parsed('--speed 60 --start now').generator.start, now);
  assert.equal(lastChristmas(instant(Date.UTC(2026, 11, 25, 21))), CHRISTMAS);
  assert.equal(lastChristmas(instant(Date.UTC(2026, 11, 25, 22))), Date.UTC(2026, 11, 24, 10));
});

test('every option is read', () => {
  const { generator, pace, target, json } = parsed(
    '--seed 7 --rate 1200/min --events 10 --speed 2 --start 2025-01-02T03:04:05Z --burst 0.5 --quality clean ' +
      '--rate-of late=0.1 --rate-of tombstone=0.2 --max-disorder 30 --late-by 7..9 --no-under-way --file out.jsonl --json',
  );
  assert.deepEqual(generator, {
    seed: 7,
    start: Date.UTC(2025, 0, 2, 3, 4, 5),
    speed: 2,
    quality: 'clean',
    underWay: false,
    ratePerSecond: 20,
    burst: 500,
    events: 10,
    rates: { late: 0.1, tombstone: 0.2 },
    maxDisorder: 30_000,
    lateBy: { min: 420_000, max: 540_000 },
  });
  assert.deepEqual([pace, target, json], ['speed', { to: 'file', path: 'out.jsonl' }, true]);
});

const folder = await mkdtemp(join(tmpdir(), 'santa-'));
after(() => rm(folder, { recursive: true }));
const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const start = (line: string) => spawnSync(process.execPath, [main, ...line.split(' ')], { encoding: 'utf8' });

test('wrong usage is told on stderr, with exit code 2', () => {
  const wrong = ['--rate 0', '--rate-of lost=1', '--to file', '--late-by 5..1'];
  for (const line of wrong) {
    const { status, stdout, stderr } = start(line);
    assert.deepEqual([status, stdout], [2, ''], line);
    assert.match(stderr, /error:|MED_CONFIG_INVALID/, line);
  }
});

test('data go to stdout and the audit to stderr, and the same seed writes the same lines', () => {
  const line = '--to - --rate max --events 2000 --seed 5 --json';
  const [one, two] = [start(line), start(line)];
  assert.equal(one.status, 0);
  assert.equal(one.stdout, two.stdout);
  const report = JSON.parse(one.stderr.trim().split('\n').at(-1)!);
  assert.deepEqual([report.records, report.seed, report.bytes], [2_000, 5, Buffer.byteLength(one.stdout) - 2_000]);
});

test('a reader that has seen enough ends the run without an error', () => {
  const command = `"${process.execPath}" "${main}" --to - --rate max --quality clean | head -n 3; echo "\${PIPESTATUS[0]}"`;
  const { stdout } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
  const lines = stdout.trim().split('\n');
  assert.equal(lines.length, 4);
  assert.equal(lines[3], '0');
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`on ${signal} an endless run flushes, prints the audit and ends with 0`, async () => {
    const file = join(folder, `${signal}.jsonl`);
    const child = spawn(process.execPath, [main, '--file', file, '--rate', '500', '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    while ((await readFile(file, 'utf8').catch(() => '')).length < 1_000) await setTimeout(20);
    child.kill(signal);
    assert.equal(await ended, 0);
    const report = JSON.parse(String(Buffer.concat(out)));
    assert.equal((await readFile(file, 'latin1')).split('\n').length - 1, report.records);
  });
}

test('--port serves what an operator asks a service for, until the end', async () => {
  const file = join(folder, 'served.jsonl');
  const child = spawn(process.execPath, [main, '--file', file, '--rate', '500', '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += String(chunk);
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  while (!/metrics at http/.test(said)) await setTimeout(20);
  const url = /metrics at (http\S+)/.exec(said)?.[1] as string;
  while ((await readFile(file, 'utf8').catch(() => '')).length < 1_000) await setTimeout(20);
  const get = async (path: string): Promise<string> => (await fetch(`${url}/${path}`)).text();
  assert.equal(JSON.parse(await get('livez')).status, 'alive');
  assert.equal(JSON.parse(await get('readyz?verbose')).state, 'ready');
  // What is written is counted a moment later.
  const sent = /medallion_records_out_total\{pipeline="santa-deliveries",table="[^"]+"\} [1-9]/;
  for (const deadline = Date.now() + 60_000; !sent.test(await get('metrics')); await setTimeout(20))
    assert.ok(Date.now() < deadline, await get('metrics'));
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
  await assert.rejects(fetch(`${url}/livez`));
});

test('a PORT that is none is a usage error', () => {
  const { status, stderr } = spawnSync(process.execPath, [main, '--to', '-', '--events', '1'], {
    encoding: 'utf8',
    env: { ...process.env, PORT: 'http' },
  });
  assert.equal(status, 2);
  assert.match(stderr, /PORT "http" is not a port/);
});
