import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import type { Instant } from '@medallion/core';
import { createMetrics } from '@medallion/service';
import { Value } from 'typebox/value';
import { ServiceStatus } from '../contract/index.ts';
import { soonerThan } from '../http/test-timer.ts';
import { askService, readinessIn } from './ops-answer.ts';
import { ServicesWatch } from './services-watch.ts';

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close().closeAllConnections();
});

type Served = { ready: unknown; metrics: string; slowMs?: number };

/** A service's ops endpoints, as this program says. */
async function serving(served: Served): Promise<string> {
  const server = createServer((request, response) => {
    const body = request.url?.startsWith('/readyz') ? JSON.stringify(served.ready) : served.metrics;
    setTimeout(() => response.writeHead(request.url === '/metrics' ? 200 : 503).end(body), served.slowMs ?? 0).unref();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const expectation = {
  name: 'shop.orders',
  ok: false,
  code: 'MED_EXPECTATION_FAILED',
  message: 'flow "orders" broke valid_status',
  remedy: 'resume or skip',
};

/** As askService, for a service that this busy machine may keep from answering at once. */
const patiently = (url: string) => askService(url, 60_000);

/** The metrics of a service that has read so many records. */
async function metricsOf(records: number): Promise<string> {
  const metrics = createMetrics({ service: 'silver-enrich', version: '1' });
  metrics.flow({ pipeline: 'shop', table: 'orders' }).recordsIn(records);
  metrics.flow({ pipeline: 'other', table: 'orders' }).recordsIn(7);
  return metrics.text();
}

function clock(): { now(): Instant; at: number } {
  return {
    at: 0,
    now() {
      return this.at as Instant;
    },
  };
}

test('S1 a service is shown with its name, its rate and what is wrong with the flows of this pipeline', async () => {
  const served: Served = {
    ready: {
      state: 'ready',
      checks: [expectation, { ...expectation, name: 'other.orders' }, { name: 'kafka', ok: true }],
    },
    metrics: await metricsOf(100),
  };
  const url = await serving(served);
  const time = clock();
  const watch = new ServicesWatch([url], time, patiently);
  const first = await watch.look('shop');
  assert.ok(Value.Check(ServiceStatus, first.services[0]));
  assert.equal(first.services[0]?.recordsPerSecond, null);
  time.at = 2_000;
  served.metrics = await metricsOf(150);
  const { services, stopped } = await watch.look('shop');
  assert.deepEqual(services, [
    {
      service: 'silver-enrich',
      url,
      state: 'failing',
      troubles: [
        {
          severity: 'error',
          subject: 'shop.orders',
          code: expectation.code,
          message: expectation.message,
          remedy: expectation.remedy,
        },
      ],
      recordsPerSecond: 25,
    },
  ]);
  assert.deepEqual(
    stopped.map(({ flow, code }) => [flow, code]),
    [['orders', 'MED_EXPECTATION_FAILED']],
  );
});

test('S1 what a service tries again by itself is no stop', async () => {
  const check = { ...expectation, code: 'MED_LOG_UNAVAILABLE' };
  const url = await serving({ ready: { state: 'ready', checks: [check] }, metrics: '' });
  const { services, stopped } = await new ServicesWatch([url], clock(), patiently).look('shop');
  assert.equal(services[0]?.state, 'failing');
  assert.deepEqual(stopped, []);
});

test('S2 services are asked at most every second and a half, by however many', async () => {
  let asked = 0;
  const time = clock();
  const watch = new ServicesWatch(['http://a'], time, async () => {
    asked++;
    return null;
  });
  await Promise.all([watch.look('a'), watch.look('b'), watch.look('a')]);
  await watch.look('a');
  assert.equal(asked, 1);
  time.at = 1_500;
  await watch.look('a');
  assert.equal(asked, 2);
});

test('S3 a service that is away is shown as that, under the name that it had', async () => {
  const served: Served = { ready: { state: 'ready' }, metrics: await metricsOf(1) };
  const url = await serving(served);
  const time = clock();
  let ask = patiently;
  const watch = new ServicesWatch([url], time, (each) => ask(each));
  await watch.look('shop');
  ask = askService;
  served.slowMs = 60_000;
  time.at = 2_000;
  const [service] = (await soonerThan(2_500, () => watch.look('shop'))).services;
  assert.deepEqual([service?.service, service?.state], ['silver-enrich', 'unreachable']);
  assert.match(service?.troubles[0]?.remedy ?? '', /OPS_URLS/);
});

test('S3 an answer without an end, or of another kind, is none', async () => {
  assert.equal(await askService(await serving({ ready: { state: 'ready' }, metrics: 'a'.repeat(5_000_000) })), null);
  assert.equal(await askService(await serving({ ready: 'hello', metrics: '' })), null);
  assert.equal(await askService('http://127.0.0.1:1'), null);
});

test('S3 nothing in an answer is taken for granted', () => {
  const { state, checks } = readinessIn({
    state: 7,
    checks: [null, 'x', { name: {}, ok: 1, message: 'm'.repeat(9_999) }],
  });
  assert.equal(state, 'unknown');
  assert.equal(checks.length, 1);
  assert.deepEqual([checks[0]?.name, checks[0]?.ok, checks[0]?.code], ['', false, null]);
  assert.equal(checks[0]?.message.length, 2_000);
  assert.equal(readinessIn({ state: 'failed', trouble: { code: 'MED_X', message: 'm' } }).checks[0]?.code, 'MED_X');
});
