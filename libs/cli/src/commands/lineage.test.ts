import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { medallion } from '../medallion.ts';

async function run(...args: string[]) {
  const written = { out: '', err: '' };
  const exit = await medallion(
    args,
    { LANDING_URL: '/landing' },
    {
      out: (text) => {
        written.out += text;
      },
      say: (text) => {
        written.err += text;
      },
    },
  );
  return { ...written, exit };
}

/** A collector that keeps what it is sent, and answers with a status. */
async function withCollector(status: number, body: (url: string, events: unknown[]) => Promise<void>): Promise<void> {
  const events: unknown[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      events.push(JSON.parse(text));
      response.writeHead(status).end(status === 201 ? '' : 'no such namespace');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/lineage?key=secret`, events);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test('lineage shows what each table and column comes from', async () => {
  const { out, exit } = await run('lineage', 'medallion-sales');
  assert.equal(exit, 0);
  assert.match(out, /^gold_daily_sales {2}◀ silver_orders_enriched\n {2}date {2}∿ silver_orders_enriched\.order_date/m);
  assert.match(out, /^ {2}region {2}◀ silver_orders_enriched\.region$/m);
  const tables = JSON.parse((await run('lineage', 'medallion-sales', '--json')).out);
  assert.equal(tables.length, 11);
});

test('lineage gives OpenLineage events, one a line, of jobs or of runs', async () => {
  const lines = async (...more: string[]) =>
    (await run('lineage', 'medallion-sales', ...more)).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const jobs = await lines('--openlineage');
  assert.deepEqual([jobs.length, new Set(jobs.map(({ job }) => job.name)).size], [11, 11]);
  assert.equal(jobs[0].inputs[0].namespace, 'file');
  assert.match(jobs[0].inputs[0].name, /^\/landing\//);
  const runs = await lines('--runs');
  assert.deepEqual([runs.length, new Set(runs.map((event) => event.run.runId)).size], [22, 11]);
});

test('lineage sends its events to a collector, one after the other', () =>
  withCollector(201, async (url, events) => {
    const { out, exit } = await run('lineage', 'medallion-sales', '--send', url);
    assert.deepEqual([exit, events.length], [0, 11]);
    assert.match(out, /^11 events sent to /);
  }));

test('a collector that refuses an event is named with its reason, without what is secret in its address', () =>
  withCollector(422, async (url, events) => {
    const { err, exit } = await run('lineage', 'medallion-sales', '--send', url);
    assert.deepEqual([exit, events.length], [1, 1]);
    assert.match(err, /MED_LINEAGE_REFUSED.*medallion-sales\.bronze_orders.*422 no such namespace/);
    assert.doesNotMatch(err, /secret/);
    assert.equal((await run('lineage', 'medallion-sales', '--send', 'ftp://x')).exit, 2);
  }));
