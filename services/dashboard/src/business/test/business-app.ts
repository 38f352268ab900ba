import { silentLog, systemClock } from '@medallion/core';
import { createDashboardReader } from '@medallion/postgres';
import { type FastifyInstance, fastify } from 'fastify';
import { addFreshness } from '../../http/fresh-answers.ts';
import { addProblems } from '../../http/problems.ts';
import { createVersioned } from '../../http/versioned.ts';
import { createVersions } from '../../http/versions.ts';
import type { Feature, Parts } from '../../parts.ts';
import { createBusinessFeature } from '../business-feature.ts';

/** The business part of the API over a database, without a login and limits. */
export type BusinessApp = {
  readonly app: FastifyInstance;
  readonly parts: Parts;
  readonly feature: Feature;
  /** What an address answers, as JSON. */
  get(url: string): Promise<{ readonly status: number; readonly body: Record<string, unknown>; readonly text: string }>;
  close(): Promise<void>;
};

/** Opens it; not listening. */
export async function businessApp(databaseUrl: string): Promise<BusinessApp> {
  const reader = createDashboardReader({ databaseUrl, statementMs: 10_000 });
  const versions = createVersions({ query: reader.query, clock: systemClock, maxAgeMs: 0, retryMs: 1_000 });
  const versioned = createVersioned({
    ...{ reader, versions, clock: systemClock },
    bounds: { answers: 100, bytes: 10_000_000 },
  });
  const parts: Parts = { reader, versioned, clock: systemClock, log: silentLog };
  const feature = createBusinessFeature(parts);
  const app = fastify({ ajv: { customOptions: { allErrors: true, removeAdditional: false } } });
  addProblems(app, silentLog);
  addFreshness(app);
  feature.routes(app);
  await app.ready();
  return {
    ...{ app, parts, feature },
    async get(url) {
      const { statusCode: status, body: text, headers } = await app.inject({ method: 'GET', url });
      const isJson = String(headers['content-type']).includes('json') && text !== '';
      return { status, text, body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {} };
    },
    async close() {
      await app.close();
      versions.close();
      await reader.close();
    },
  };
}
