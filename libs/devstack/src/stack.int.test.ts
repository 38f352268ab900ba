import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, test } from 'node:test';
import pg from 'pg';
import { identify } from './identity.ts';
import { kafkaAnswers } from './kafka-probe.ts';
import type { ProgressEvent } from './options.ts';
import { isFree } from './ports.ts';
import type { Service } from './service.ts';
import { startStack } from './stack.ts';

const events: ProgressEvent[] = [];
// Not the shared stack: this file breaks it.
const stack = await startStack({ mode: 'ephemeral', external: {}, onProgress: (event) => events.push(event) });
after(() => stack.stop());

const [broker = ''] = stack.kafkaBrokers;
const kafkaPort = Number(broker.split(':')[1]);
const answers = () => kafkaAnswers('127.0.0.1', kafkaPort, undefined, 60_000);
const { kafka, registry, postgres } = stack;
assert.ok(kafka && registry && postgres);
const services: readonly Service[] = [kafka, registry, postgres];

const query = async (sql: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: stack.databaseUrl });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

const register = (type: string): Promise<Response> =>
  fetch(`${stack.schemaRegistryUrl}/subjects/devstack-value/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({
      schema: JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'a', type }] }),
    }),
  });

test('all three answer, each part reported that it is ready', async () => {
  assert.equal(await answers(), true);
  assert.deepEqual(await query('SELECT 1 AS one'), [{ one: 1 }]);
  assert.equal((await fetch(`${stack.schemaRegistryUrl}/subjects`)).status, 200);
  const ready = events.filter((event) => event.stage === 'ready').map((event) => event.name);
  assert.deepEqual(ready.toSorted(), ['kafka', 'postgres', 'registry']);
});

test('the registry refuses a schema that is not backward compatible', async () => {
  assert.equal((await register('string')).status, 200);
  assert.equal((await register('int')).status, 409);
});

test('a second stack in the same folder is refused with the owner named', async () => {
  const home = dirname(dirname(kafka.logFile));
  await assert.rejects(startStack({ home, external: {} }), { code: 'MED_STACK_RUNNING' });
  assert.equal(await answers(), true);
});

test('a taken port is named before anything is started', async () => {
  const seen: ProgressEvent[] = [];
  const start = startStack({
    mode: 'ephemeral',
    external: {},
    ports: { postgres: Number(new URL(stack.databaseUrl).port) },
    onProgress: (event) => seen.push(event),
  });
  await assert.rejects(start, { code: 'MED_PORT_TAKEN' });
  assert.deepEqual(seen, []);
});

test('Postgres comes back with its data after a crash', async () => {
  await query('CREATE TABLE kept AS SELECT 42 AS answer');
  const before = postgres.pid;
  await postgres.restart({ hard: true });
  assert.notEqual(postgres.pid, before);
  assert.deepEqual(await query('SELECT answer FROM kept'), [{ answer: 42 }]);
});

test('the broker comes back on its port, after a crash and after an orderly stop', async () => {
  await kafka.restart({ hard: true });
  assert.equal(await answers(), true);
  await kafka.stop();
  assert.equal(await answers(), false);
  await kafka.start();
  assert.equal(await answers(), true);
});

test('after the stop no process, port or folder is left', async () => {
  const pids = services.map((service) => service.pid);
  assert.ok(pids.every((pid) => pid !== undefined));
  await stack.stop();
  assert.deepEqual(
    pids.map((pid) => identify(pid ?? 0)),
    [undefined, undefined, undefined],
  );
  assert.equal(await isFree(kafkaPort), true);
  assert.equal(existsSync(dirname(dirname(kafka.logFile))), false);
});
