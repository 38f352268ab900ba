import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { freePorts } from '@medallion/devstack';
import { ServiceProcess } from '../support/service-process.ts';

/** The dashboard as a process has two ports: one for browsers, one for who operates it. Neither serves what is the other's. */

const OPERATOR = 'operator-token-0123456789';
const folder = mkdtempSync(join(tmpdir(), 'medallion-ports-'));
const [port = 0] = await freePorts(1);
const dashboard = new ServiceProcess(
  'dashboard',
  {
    ...{
      AUTH: 'token',
      VIEWER_TOKEN: 'viewer-token-0123456789',
      OPERATOR_TOKEN: OPERATOR,
      DASHBOARD_PORT: String(port),
    },
    // Nothing answers there: it starts all the same.
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  },
  join(folder, 'dashboard.log'),
);
after(async () => {
  await dashboard.stop();
  rmSync(folder, { recursive: true });
});

const pages = `http://127.0.0.1:${port}`;
const asOperator = { authorization: `Bearer ${OPERATOR}` };
const OPS = ['/metrics', '/livez', '/readyz', '/readyz?verbose'];

test('metrics and health are on the port of operations, and not on that of the pages, whoever asks', async () => {
  for (const path of OPS) {
    const { status, text } = await dashboard.get(path);
    assert.ok([200, 503].includes(status), `${path}: ${status}`);
    if (path === '/metrics') assert.match(text, /^process_cpu_seconds_total/m);
  }
  for (const path of [...OPS, '/api/metrics', '/api/readyz'])
    for (const headers of [{}, asOperator]) {
      const answer = await fetch(`${pages}${path}`, { headers, redirect: 'manual' });
      const text = await answer.text();
      assert.doesNotMatch(text, /process_cpu_seconds|medallion_ready|"checks"|"state":/, path);
      assert.ok(answer.status !== 200 || /text\/html/.test(answer.headers.get('content-type') ?? ''), path);
    }
});

test('the port of operations has no page and no API, so that it needs no login', async () => {
  const ops = await dashboard.url();
  for (const path of ['/', '/api/pipelines', '/api/session', '/api/quarantine', '/api/docs'])
    assert.equal((await fetch(`${ops}${path}`, { headers: asOperator })).status, 404, path);
});
