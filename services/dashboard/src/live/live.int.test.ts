import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { createDashboardReader, createGoldReader, createTableStore } from '@medallion/postgres';
import { contractPipeline } from '@medallion/testkit';
import { openTestApp, PATIENT_STATEMENT_MS } from '../http/test-app.ts';
import type { Channel, Parts } from '../parts.ts';

const { databaseUrl } = await testStack();

/** A way to Postgres that can be closed and opened again, as Postgres is when it is started again. */
async function gateTo(url: string) {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const open = (port: number): Promise<Server> =>
    new Promise((resolve) => {
      const server = createServer((near) => {
        const far = connect(Number(target.port), target.hostname);
        for (const [one, other] of [
          [near, far],
          [far, near],
        ] as const) {
          sockets.add(one);
          one.on('error', () => {});
          one.on('close', () => {
            sockets.delete(one);
            other.destroy();
          });
          one.pipe(other);
        }
      });
      server.listen(port, '127.0.0.1', () => resolve(server));
    });
  let server = await open(0);
  const { port } = server.address() as { port: number };
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  target.hostname = '127.0.0.1';
  const way = new URL(target);
  way.port = String(port);
  return {
    databaseUrl: way.href,
    close,
    open: async (): Promise<void> => {
      server = await open(port);
    },
  };
}

/** Says how many events the leases say were read. */
const offsetsOf = ({ versioned }: Parts): Channel => ({
  ...{ name: 'offsets', when: 'commit', everyMs: 0, onlyChanges: false },
  read: (pipeline) =>
    versioned.answer(pipeline, 'offsets', async (query, asOf) => {
      const [row] = await query<{ offsets: number }>(
        'SELECT sum(next_offset)::integer AS offsets FROM medallion.lease WHERE pipeline = $1',
        [pipeline],
      );
      return { offsets: row?.offsets ?? 0, version: asOf.version };
    }),
});

async function until(what: string, check: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 60_000; !check() && performance.now() < deadline; ) await delay(10);
  assert.ok(check(), `${what}: not within 60 s`);
}

test('a stream tells of each commit, and goes on when its connections are ended and Postgres was away', async () => {
  const plan = contractPipeline(`live-${process.pid}-${Date.now().toString(36)}`);
  const store = createTableStore({ databaseUrl, log: silentLog });
  await store.migrate(plan);
  await store.acquire([{ topic: 't', partition: 0 }], 'test');
  const gate = await gateTo(databaseUrl);
  const reader = createDashboardReader({ databaseUrl: gate.databaseUrl, statementMs: PATIENT_STATEMENT_MS });
  const owner = createGoldReader({ databaseUrl, schemaName: plan.schemaName });
  const app = await openTestApp({ reader, features: (parts) => [{ routes() {}, channels: [offsetsOf(parts)] }] });
  const url = await app.app.listen({ host: '127.0.0.1', port: 0 });
  const abort = new AbortController();
  let text = '';
  let ended = false;
  const commit = (offset: number): Promise<unknown> =>
    owner.query('UPDATE medallion.lease SET next_offset = $2, updated_at = now() WHERE pipeline = $1', [
      plan.name,
      offset,
    ]);
  const told = (offset: number): boolean => text.includes(`event: offsets\ndata: {"offsets":${offset},`);
  const troubles = (): number => text.split('event: trouble').length - 1;
  try {
    const response = await fetch(`${url}/api/live?pipeline=${plan.name}&channels=commit,offsets`, {
      signal: abort.signal,
    });
    void (async () => {
      for await (const chunk of response.body!) text += Buffer.from(chunk).toString();
      ended = true;
    })().catch(() => {});
    await until('first state', () => told(0));

    await commit(1);
    await until('a commit', () => told(1));

    const pids = await Promise.all(
      [1, 2, 3, 4].map(() => reader.query<{ pid: number }>('SELECT pg_backend_pid() AS pid, pg_sleep(0.05)')),
    );
    await owner.query('SELECT pg_terminate_backend(pid) FROM unnest($1::integer[]) AS pid', [
      pids.map(([row]) => row!.pid),
    ]);
    await commit(2);
    await until('a commit after the end of all connections', () => told(2));

    await gate.close();
    const before = troubles();
    await until('trouble', () => troubles() > before);
    assert.match(text, /"code":"MED_STORE_UNAVAILABLE"/);
    assert.equal((await app.get(`/api/live?pipeline=${plan.name}&channels=none`)).status, 400, 'the server answers');
    await commit(3);
    await gate.open();
    await until('the commit of meanwhile', () => told(3));
    assert.equal(ended, false, 'it is the same stream');
  } finally {
    abort.abort();
    await app.close();
    await reader.close();
    await gate.close();
    for (const table of ['lease', 'catalog', 'lineage', 'column_lineage', 'flows', 'rules', 'event_log'])
      await owner.query(`DELETE FROM medallion.${table} WHERE pipeline = $1`, [plan.name]);
    await owner.query(`DROP SCHEMA "${plan.schemaName}" CASCADE`);
    await owner.close();
    await store.close();
  }
});
