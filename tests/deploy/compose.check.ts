/**
 * docker-compose.yml from end to end: up, the first final gold row, the oracle's answer; what each login may not; each container
 * killed; new passwords; silver-enrich three times; down and up; another image. `npm run test:compose`; needs docker, with the
 * images there or to be pulled. COMPOSE_EVENTS: records of each of its five parts; COMPOSE_NO_BUILD=1 takes the image that is
 * there; COMPOSE_KEEP=1 leaves everything up at the end.
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
import { GoldDatabase } from '../support/gold-snapshot.ts';
import { until } from '../support/until.ts';
import { compare, ends } from './compose/compare.ts';
import { Compose, docker } from './compose/compose.ts';
import { assertConfined, assertNodeArguments } from './compose/confined.ts';
import { couldMake, hangUp, LOGINS, letsIn, otherOwners, secretsOf, urlOf } from './compose/doors.ts';
import { memoryOf } from './compose/figures.ts';
import { compressedMb, imageMb, labelled, madeHere } from './compose/image.ts';
import { argumentsOf, partsOf } from './compose/night.ts';
import { freePorts, JOBS, OURS, THEIRS } from './compose/project.ts';
import { scraped } from './compose/scraped.ts';
import { timeline } from './compose/timeline.ts';

const EVENTS = Number(process.env.COMPOSE_EVENTS || 20_000);
const RESULTS = join(import.meta.dirname, '..', '..', 'bench', 'results', 'compose.json');
const IMAGE = 'medallion:latest';
/** Another one, which differs by a label. */
const NEXT_IMAGE = 'medallion:check-next';
const ALL = [...OURS, ...THEIRS];
const parts = partsOf(42, [EVENTS, EVENTS, EVENTS, EVENTS, EVENTS]);

const ports = await freePorts();
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
  let adminUrl: string;
  let sent = 0;
  let unbroken = true;

  /** A part of the check; figures of a run of which one failed are not kept. */
  const step = (name: string, work: () => Promise<void>): void => {
    test(name, () =>
      work().catch((error: unknown) => {
        unbroken = false;
        throw error;
      }),
    );
  };

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

  /** Runs a job once more. */
  const job = (...args: readonly string[]): Promise<unknown> => compose.run('run', '--rm', '-T', '--no-deps', ...args);

  const overview = (headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${ports.DASHBOARD_PORT}/api/overview`, { headers });

  const startedAt = async (service: string): Promise<string> =>
    docker('inspect', '-f', '{{.State.StartedAt}}', ...(await compose.containers(service)));

  const healthy = (services: readonly string[]): Promise<void> => compose.healthy(services);

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
    await docker('rmi', '-f', NEXT_IMAGE);
  });

  step('up: everything starts in its order, and the first windows become final', async () => {
    const image = performance.now();
    if (!process.env.COMPOSE_NO_BUILD) {
      await compose.run('build');
      figures['seconds to build the image, or to find it built'] = seconds(image);
    }
    const up = performance.now();
    const since = Date.now();
    await compose.run('up', '-d');
    sent = 1;
    figures['seconds until up returns'] = seconds(up);
    tell(`up has returned after ${seconds(up)} s`);
    const password = await compose.secret('secrets-postgres', 'postgres-password');
    adminUrl = `postgres://postgres:${password}@127.0.0.1:${ports.CHECK_POSTGRES_PORT}/medallion`;
    database = new GoldDatabase(adminUrl);
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
    figures['order of the first start, in seconds since up'] = await timeline(compose, [...JOBS, ...ALL], since);
    figures['memory while the first part is sent'] = await memory();
  });

  step('gold is what the oracle computes from the records sent', () => proven('first part'));

  step(
    'nothing of ours can write to its root, is root, or has a package manager; node runs as it was measured',
    async () => {
      for (const name of OURS) {
        const [id] = await compose.containers(name);
        await assertConfined(id!, name);
        await assertNodeArguments(id!, name);
      }
    },
  );

  step('only the dashboard is published, on this machine alone', async () => {
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
    assert.equal((await overview()).status, 401, 'who has no token sees nothing');
    const token = await compose.secret('secrets-dashboard', 'viewer-token');
    assert.equal((await overview({ authorization: `Bearer ${token}` })).status, 200, 'who has one does');
  });

  step(
    'only the jobs can make or change tables: whatever runs for long is refused, and has no other password',
    async () => {
      for (const login of LOGINS)
        assert.deepEqual(await couldMake(await urlOf(compose, ports.CHECK_POSTGRES_PORT, login)), [], login);
      assert.deepEqual(await otherOwners(adminUrl), []);
      const held = await Promise.all(ALL.map(async (name) => [name, await secretsOf(compose, name)] as const));
      assert.deepEqual(
        held.filter(([, volumes]) => volumes.length > 0),
        [
          ['gold-aggregate', ['gold']],
          ['dashboard', ['dashboard']],
          ['registry', ['registry']],
          ['postgres', ['postgres']],
        ],
      );
    },
  );

  step('each container is killed while records come, and gold is right again', async () => {
    const known = await ends(log);
    const sending = send();
    sending.catch(() => {});
    await until('records come', async () => (await ends(log)) > known || null, { timeoutMs: 60_000 });
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

  step(
    'new passwords while everything runs: the old ones are none any more, and nothing is started again',
    async () => {
      const old = await Promise.all(LOGINS.map((login) => urlOf(compose, ports.CHECK_POSTGRES_PORT, login)));
      const started = await Promise.all(OURS.map(startedAt));
      await job('secrets', 'rotate');
      await job('roles');
      for (const url of old) assert.equal(await letsIn(url), false);
      for (const login of LOGINS)
        assert.equal(await letsIn(await urlOf(compose, ports.CHECK_POSTGRES_PORT, login)), true, login);
      await hangUp(adminUrl);
      await compose.run('restart', '-t', '20', 'registry');
      const token = await compose.secret('secrets-dashboard', 'viewer-token');
      const looked = async () => (await overview({ authorization: `Bearer ${token}` })).status === 200 || null;
      await until('the dashboard reads with its new password', looked, { timeoutMs: 30_000 });
      await healthy(ALL);
      assert.deepEqual(await Promise.all(OURS.map(startedAt)), started);
    },
  );

  step('silver-enrich three times: its partitions are shared, and gold stays right', async () => {
    await compose.run('up', '-d', '--scale', 'silver-enrich=3', '--no-recreate', 'silver-enrich');
    await healthy(['silver-enrich', 'silver-enrich', 'silver-enrich']);
    await send();
    await proven('third part, silver-enrich three times');
    figures['memory with silver-enrich three times'] = await memory();
    const metrics = await scraped(ports.CHECK_PROMETHEUS_PORT, 'silver-enrich', 3);
    for (const name of OURS) assert.ok(metrics.includes(name), `Prometheus sees ${metrics.join(', ')}`);
    await compose.run('up', '-d', '--no-deps', '--scale', 'silver-enrich=1', '--no-recreate', 'silver-enrich');
  });

  step('a service that is told to stop drains and ends with code 0, soon', async () => {
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

  step('down and up: what was there is there, and it goes on', async () => {
    await compose.run('down', '-t', '30');
    const up = performance.now();
    await compose.run('up', '-d', '--scale', 'generator=0');
    figures['seconds until up returns, with data'] = seconds(up);
    await send();
    await proven('fourth part, after down and up');
    figures['seconds from up with data to all of the next part in gold'] = seconds(up);
  });

  step('another image: the migration runs before the services do, and gold goes on', async () => {
    await labelled(IMAGE, NEXT_IMAGE);
    const up = performance.now();
    await compose.with({ MEDALLION_IMAGE: NEXT_IMAGE }).run('up', '-d', '--scale', 'generator=0');
    figures['seconds until up returns, with another image'] = seconds(up);
    for (const name of [...OURS, 'migrate']) {
      const [id] = await compose.containers(name, true);
      assert.equal(await docker('inspect', '-f', '{{.Config.Image}}', id!), NEXT_IMAGE, name);
    }
    await send();
    await proven('fifth part, after another image');
  });

  step('figures', async () => {
    assert.ok(unbroken, 'figures of a check that failed are not kept');
    figures['image in MB'] = await imageMb(IMAGE);
    figures['image in MB, compressed'] = await compressedMb(IMAGE);
    const theirs = (await Promise.all(THEIRS.map((name) => compose.containers(name)))).flat();
    const report = {
      at: new Date().toISOString(),
      cores: availableParallelism(),
      'load of this machine, 15 minutes': Math.round(loadavg()[2]!),
      with: await compose.version(),
      'images made on this machine, not the official ones': await madeHere(theirs),
      events: EVENTS * parts.length,
      ...figures,
    };
    writeFileSync(RESULTS, `${JSON.stringify(report, null, 2)}\n`);
    console.log(JSON.stringify(report, null, 2));
  });
});
