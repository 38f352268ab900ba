import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@medallion/core';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { Problem } from '../contract/index.ts';
import { featuresOf } from '../features.ts';
import type { Parts } from '../parts.ts';
import { auditTo } from '../security/audit.ts';
import { openTestApp, readerOf, steadyParts } from './test-app.ts';

type Description = {
  readonly paths: Readonly<Record<string, { readonly get?: { readonly parameters?: readonly Parameter[] } }>>;
};
type Parameter = { readonly in: string; readonly name: string; readonly schema: { readonly type?: string } };

const parts = steadyParts({ reader: readerOf(async () => []) });
const taking = (taken: unknown[]) => (_parts: Parts) => [
  {
    channels: [],
    routes(app: FastifyInstance) {
      const body = Type.Object({ rows: Type.Array(Type.Object({ offset: Type.Number({ minimum: 0 }) })) });
      app.post('/api/take', { schema: { body, response: { 200: Type.Object({}) } } }, async (request) => {
        taken.push(request.body);
        return {};
      });
    },
  },
];

test('a number that is not finite is refused by every route that takes one', async () => {
  const { app, get, close } = await openTestApp({
    parts,
    features: (given, config) => featuresOf(given, config, auditTo({ log: silentLog })),
  });
  try {
    const { paths } = (app as unknown as { swagger(): Description }).swagger();
    const numbers = Object.entries(paths).flatMap(([path, { get: route }]) =>
      (route?.parameters ?? [])
        .filter(({ schema }) => schema.type === 'integer' || schema.type === 'number')
        .map((parameter) => ({ path, ...parameter })),
    );
    assert.ok(numbers.length >= 7, `only ${numbers.length} routes take numbers`);
    for (const { path, name } of numbers)
      for (const text of ['1e999', '-1e999']) {
        const url = `${path.replaceAll(/\{\w+\}/g, 'x')}?${name}=${text}`;
        const { status, body } = await get<Problem>(url);
        assert.equal(status, 400, url);
        assert.equal(body.code, 'MED_REQUEST_INVALID', url);
        assert.match(body.detail, new RegExp(name), url);
      }
  } finally {
    await close();
  }
});

test('and so it is deep within a body', async () => {
  const taken: unknown[] = [];
  const { app, close } = await openTestApp({ parts, features: taking(taken) });
  try {
    const send = async (payload: string): Promise<number> => {
      const session = await app.inject({ url: '/api/session', headers: { host: '127.0.0.1' } });
      const { csrf } = session.json<{ csrf: string }>();
      const headers = { host: '127.0.0.1', 'content-type': 'application/json', 'x-csrf-token': csrf };
      return (await app.inject({ method: 'POST', url: '/api/take', headers, payload })).statusCode;
    };
    assert.equal(await send('{"rows":[{"offset":1},{"offset":1e999}]}'), 400);
    // As text, which the validator makes a number of.
    assert.equal(await send('{"rows":[{"offset":1},{"offset":"1e999"}]}'), 400);
    assert.deepEqual(taken, []);
    assert.equal(await send('{"rows":[{"offset":1}]}'), 200);
  } finally {
    await close();
  }
});
