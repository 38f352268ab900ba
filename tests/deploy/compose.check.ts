/**
 * docker-compose.yml from end to end: up, the first final gold row, the oracle's answer; each container killed; silver-enrich
 * three times; down and up. `npm run test:compose`; needs docker, with the images there or to be pulled.
 * COMPOSE_EVENTS: records of each of its four parts; COMPOSE_NO_BUILD=1 takes the image that is there; COMPOSE_KEEP=1 leaves
 * everything up at the end.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLog } from '@medallion/core';
import { createKafkaLog } from '@medallion/kafka';
import type { RecordLog } from '@medallion/runtime';
import { freePort } from '../support/free-port.ts';
import { GoldDatabase } from '../support/gold-snapshot.ts';
import { until } from '../support/until.ts';
import { compare } from './compose/compare.ts';
import { Compose, docker } from './compose/compose.ts';
import { imageMb, memoryOf } from './compose/figures.ts';
import { argumentsOf, partsOf } from './compose/night.ts';

const EVENTS = Number(process.env.COMPOSE_EVENTS || 20_000);
const RESULTS = join(import.meta.dirname, '..', '..', 'bench', 'results', 'compose.json');
const IMAGE = 'medallion:latest';
const OURS = ['bronze-ingest', 'silver-enrich', 'gold-aggregate', 'dashboard'] as const;
const THEIRS = ['kafka', 'registry', 'postgres', 'prometheus'] as const;
const ALL = [...OURS, ...THEIRS];
const parts = partsOf(42, [EVENTS, EVENTS, EVENTS, EVENTS]);

const ports = {
  CHECK_KAFKA_PORT: String(await freePort()),
  CHECK_REGISTRY_PORT: String(await freePort()),
  CHECK_POSTGRES_PORT: String(await freePort()),
  CHECK_PROMETHEUS_PORT: String(await freePort()),
  DASHBOARD_PORT: String(await freePort()),
};
const settings = { GENERATOR: argumentsOf(parts[0]!).join(' '), IDLE_TIMEOUT_MS: '3600000' };
const found = await Compose.find('medallion-check', { ...ports, ...settings });

describe('docker-compose.yml', { skip: found === null && 'not run: this machine has no docker, or no compose' }, () => {
  const compose = found!;
  const figures: Record<string, unknown> = {};
  const began = performance.now();
  const seconds = (since: number): number => Math.round((performance.now() - since) / 100) / 10;
  const tell = (line: string): void => console.log(`${seconds(began).toFixed(1).padStart(6)} s  ${line}`);
  let log: RecordLog;
  let database: GoldDatabase;
  let sent = 0;

  /** Compares all that was sent so far. */
  const proven = async (what: string): Promise<void> => {
    const { problems, ...numbers } = await compare(log, database, parts.slice(0, sent));
    tell(`${what}: ${JSON.stringify(numbers)}`);
    assert.deepEqual(problems, []);
    figures[what] = numbers;
  };

  /** Has the next part sent by a container of the generator. */
  const send = async (): Promise<void> => {
    const part = parts[sent++]!;
    await compose.run('run', '--rm', '-T', '--no-deps', 'generator', ...argumentsOf(part));
  };

  const healthy = (services: readonly string[]): Promise<unknown> =>
    until(
      `${services.join(', ')} healthy`,
      async () => {
        const ids = (await Promise.all(services.map((service) => compose.containers(service)))).flat();
        if (ids.length < services.length) return null;
        const states = await docker('inspect', '-f', '{{.State.Health.Status}}', ...ids);
        return states.split('\n').every((state) => state === 'healthy') || null;
      },
      { timeoutMs: 120_000, everyMs: 500 },
    );

  const memory = async (): Promise<unknown> => {
    const ids = await Promise.all(
      ALL.map(async (name): Promise<[string, readonly string[]]> => [name, await compose.containers(name)]),
    );
    return memoryOf(new Map(ids));
  };

  before(async () => {
    await compose.run('down', '-v', '--remove-orphans', '-t', '5');
    tell(`with ${await compose.version()}`);
  });
  after(async () => {
    await log?.close();
    if (process.env.COMPOSE_KEEP) return;
    await compose.run('down', '-v', '--remove-orphans', '-t', '20');
  });

  test('up: everything starts in its order, and the first windows become final', async () => {
    const image = performance.now();
    if (!process.env.COMPOSE_NO_BUILD) {
      await compose.run('build');
      figures['seconds to build the image, or to find it built'] = seconds(image);
    }
    const up = performance.now();
    await compose.run('up', '-d');
    sent = 1;
    figures['seconds until up returns'] = seconds(up);
    tell(`up has returned after ${seconds(up)} s`);
    const url = new URL(await compose.secret('secrets-gold', 'database-url'));
    url.host = `127.0.0.1:${ports.CHECK_POSTGRES_PORT}`;
    database = new GoldDatabase(url.href);
    log = createKafkaLog({
      brokers: [`127.0.0.1:${ports.CHECK_KAFKA_PORT}`],
      clientId: 'compose-check',
      log: silentLog,
    });
    const first = async (column: string): Promise<true | null> => {
      const rows = await database.query(
        `SELECT 1 FROM santa_deliveries.gold_delivery_by_region WHERE ${column} LIMIT 1`,
      );
      return rows.length > 0 || null;
    };
    await until('the first gold row', () => first('true'), { timeoutMs: 180_000 });
    figures['seconds from up to the first gold row'] = seconds(up);
    await until('the first final gold row', () => first('is_final'), { timeoutMs: 180_000 });
    figures['seconds from up to the first final gold row'] = seconds(up);
    tell(`the first final gold row after ${seconds(up)} s`);
    await healthy(ALL);
    figures['seconds from up until all is healthy'] = seconds(up);
    figures['memory while the first part is sent'] = await memory();
  });

  test('gold is what the oracle computes from the records sent', () => proven('first part'));

  test('nothing of ours can write to its root, is root, or has a package manager', async () => {
    for (const name of OURS) {
      const [id] = await compose.containers(name);
      const facts = JSON.parse(await docker('inspect', '-f', '{{json .}}', id!)) as {
        Config: { User: string };
        HostConfig: { ReadonlyRootfs: boolean; CapDrop: string[]; SecurityOpt: string[]; Memory: number };
      };
      assert.equal(facts.Config.User, '10001:10001', name);
      assert.equal(facts.HostConfig.ReadonlyRootfs, true, name);
      assert.deepEqual(facts.HostConfig.CapDrop, ['ALL'], name);
      assert.ok(
        facts.HostConfig.SecurityOpt.some((option) => option.startsWith('no-new-privileges')),
        name,
      );
      assert.ok(facts.HostConfig.Memory > 0, name);
    }
  });

  test('only the dashboard is published, on this machine alone', async () => {
    const { stdout } = await compose.run('config');
    const published = [...stdout.matchAll(/127\.0\.0\.1/g)].length;
    assert.ok(published > 0);
    const [id] = await compose.containers('dashboard');
    assert.match(await docker('port', id!), /^8080\/tcp -> 127\.0\.0\.1:\d+$/);
    for (const name of ['bronze-ingest', 'silver-enrich', 'gold-aggregate'])
      assert.equal(await docker('port', (await compose.containers(name))[0]!), '', name);
    const page = await fetch(`http://127.0.0.1:${ports.DASHBOARD_PORT}/`);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<script/);
    const asked = await fetch(`http://127.0.0.1:${ports.DASHBOARD_PORT}/api/overview`);
    assert.equal(asked.status, 401, 'who has no token sees nothing');
    const token = await compose.secret('secrets-dashboard', 'viewer-token');
    const known = await fetch(`http://127.0.0.1:${ports.DASHBOARD_PORT}/api/overview`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(known.status, 200, 'who has one does');
  });

  test('each container is killed while records come, and gold is right again', async () => {
    const sending = send();
    sending.catch(() => {});
    for (const name of [
      'silver-enrich',
      'gold-aggregate',
      'bronze-ingest',
      'dashboard',
      'registry',
      'postgres',
      'kafka',
    ]) {
      const [id] = await compose.containers(name);
      await docker('kill', id!);
      await delay(500);
      await docker('start', id!);
      tell(`${name} killed and started`);
      await delay(1_500);
    }
    await sending;
    await proven('second part, each container killed');
    await healthy(ALL);
  });

  test('silver-enrich three times: its partitions are shared, and gold stays right', async () => {
    await compose.run('up', '-d', '--scale', 'silver-enrich=3', '--no-recreate', 'silver-enrich');
    await healthy(['silver-enrich', 'silver-enrich', 'silver-enrich']);
    await send();
    await proven('third part, silver-enrich three times');
    figures['memory with silver-enrich three times'] = await memory();
    const metrics = await scraped(ports.CHECK_PROMETHEUS_PORT);
    assert.equal(metrics.filter((name) => name === 'silver-enrich').length, 3, `Prometheus sees ${metrics.join(', ')}`);
    await compose.run('up', '-d', '--scale', 'silver-enrich=1', '--no-recreate', 'silver-enrich');
  });

  test('a service that is told to stop drains and ends with code 0, soon', async () => {
    for (const name of OURS) {
      const [id] = await compose.containers(name);
      const stopped = performance.now();
      await docker('stop', '-t', '30', id!);
      const ms = performance.now() - stopped;
      assert.equal(await docker('inspect', '-f', '{{.State.ExitCode}}', id!), '0', name);
      assert.ok(ms < 10_000, `${name} took ${ms} ms`);
      figures[`seconds to stop ${name}`] = Math.round(ms / 100) / 10;
    }
  });

  test('down and up: what was there is there, and it goes on', async () => {
    await compose.run('down', '-t', '30');
    const up = performance.now();
    await compose.run('up', '-d', '--scale', 'generator=0');
    figures['seconds until up returns, with data'] = seconds(up);
    await send();
    await proven('fourth part, after down and up');
    figures['seconds from up with data to all of the next part in gold'] = seconds(up);
  });

  test('figures', async () => {
    figures['image in MB'] = await imageMb(IMAGE);
    const report = {
      at: new Date().toISOString(),
      cores: availableParallelism(),
      'load of this machine, 15 minutes': Math.round(loadavg()[2]!),
      events: EVENTS * parts.length,
      ...figures,
    };
    writeFileSync(RESULTS, `${JSON.stringify(report, null, 2)}\n`);
    console.log(JSON.stringify(report, null, 2));
  });
});

/** The services that Prometheus has answers from. */
async function scraped(port: string): Promise<readonly string[]> {
  return until(
    'Prometheus has looked for the instances',
    async () => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent('up == 1')}`);
      const { data } = (await response.json()) as { data: { result: { metric: { job?: string } }[] } };
      const names = data.result.map(({ metric }) => metric.job ?? '');
      return names.filter((name) => name === 'silver-enrich').length === 3 ? names : null;
    },
    { timeoutMs: 40_000, everyMs: 1_000 },
  );
}
