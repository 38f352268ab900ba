import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestApp, readerOf } from '../http/test-app.ts';
import { createStatusFeature } from './status-feature.ts';

test('a pipeline whose name no text of Postgres can be is refused before Postgres is asked', async (t) => {
  const asked: unknown[] = [];
  const reader = readerOf((async (_sql: string, values?: readonly unknown[]) => {
    asked.push(values);
    return [];
  }) as Parameters<typeof readerOf>[0]);
  const { get, close } = await openTestApp({ reader, features: (parts) => [createStatusFeature(parts, {})] });
  t.after(close);
  for (const path of ['graph', 'status', 'groups', 'leases'])
    for (const name of ['%00', 'santa%00deliveries'])
      assert.equal((await get(`/api/operator/${name}/${path}`)).status, 400, `${name}/${path}`);
  assert.deepEqual(asked, []);
});
