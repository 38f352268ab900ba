import assert from 'node:assert/strict';
import { silentLog, systemClock } from '@medallion/core';
import { createDashboardReader } from '@medallion/postgres';
import { type FastifyInstance, fastify } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { refuseInfinite } from '../../http/finite-numbers.ts';
import { addFreshness } from '../../http/fresh-answers.ts';
import { addProblems } from '../../http/problems.ts';
import { PATIENT_STATEMENT_MS } from '../../http/test-app.ts';
import { createVersioned } from '../../http/versioned.ts';
import { createVersions } from '../../http/versions.ts';
import type { Feature, Parts } from '../../parts.ts';
import { createBusinessFeature } from '../business-feature.ts';

/** The business part of the API over a database, without a login and limits. */
export type BusinessApp = {
  readonly app: FastifyInstance;
  readonly parts: Parts;
  readonly feature: Feature;
  /** What an address answers; `query` becomes its parameters. */
  get(path: string, query?: Readonly<Record<string, unknown>>): Promise<HttpAnswer>;
  /** The JSON that an address answers, which is checked against its schema. */
  read<S extends TSchema>(schema: S, path: string, query?: Readonly<Record<string, unknown>>): Promise<Static<S>>;
  close(): Promise<void>;
};

/** An answer as it came. */
export type HttpAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
};

/** Opens it; not listening. */
export async function businessApp(databaseUrl: string): Promise<BusinessApp> {
  const reader = createDashboardReader({ databaseUrl, statementMs: PATIENT_STATEMENT_MS });
  const versions = createVersions({ query: reader.query, clock: systemClock, maxAgeMs: 0, retryMs: 1_000 });
  const versioned = createVersioned({
    ...{ reader, versions, clock: systemClock },
    bounds: { answers: 100, bytes: 10_000_000 },
  });
  const parts: Parts = { reader, versioned, clock: systemClock, log: silentLog };
  const feature = createBusinessFeature(parts);
  const app = fastify({
    ajv: { customOptions: { allErrors: true, removeAdditional: false } },
  }) as unknown as FastifyInstance;
  addProblems(app, silentLog);
  refuseInfinite(app);
  addFreshness(app);
  feature.routes(app);
  await app.ready();
  const get: BusinessApp['get'] = async (path, query = {}) => {
    const said = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [value].flat().map((each): [string, string] => [name, String(each)]),
    );
    const url = said.length === 0 ? path : `${path}?${new URLSearchParams(said)}`;
    const { statusCode, body, headers } = await app.inject({ method: 'GET', url });
    return { status: statusCode, headers, text: body };
  };
  return {
    ...{ app, parts, feature, get },
    async read(schema, path, query) {
      const { status, text } = await get(path, query);
      assert.equal(status, 200, `${path}: ${text.slice(0, 500)}`);
      const body: unknown = JSON.parse(text);
      if (!Check(schema, body)) assert.fail(`${path}: ${JSON.stringify(Errors(schema, body).slice(0, 5))}`);
      return body;
    },
    async close() {
      await app.close();
      versions.close();
      await reader.close();
    },
  };
}
