import { type Clock, silentLog, systemClock } from '@medallion/core';
import type { Query } from '@medallion/postgres';
import { loadConfig } from '@medallion/service';
import type { FastifyInstance, InjectOptions } from 'fastify';
import type { AsOf } from '../contract/index.ts';
import { createLive } from '../live/live.ts';
import type { Feature, Parts, Reader } from '../parts.ts';
import { securityOf } from '../security/security.ts';
import { type DashboardConfig, dashboardSettings } from '../settings.ts';
import { checkAnswers } from './checked-answers.ts';
import { type Limits, standardLimits } from './limits.ts';
import { openApp } from './open-app.ts';
import { openParts } from './open-parts.ts';

/** An answer; the body of JSON as it is, otherwise text. */
export type Answer<T> = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: T;
  readonly text: string;
};

/** The whole HTTP side, not listening, with every answer held to its schema. */
export type TestApp = {
  readonly app: FastifyInstance;
  readonly parts: Parts;
  /** Rejects when the answer is not as its route says. */
  get<T = unknown>(url: string, headers?: Readonly<Record<string, string>>): Promise<Answer<T>>;
  /** As the page does it: with the token that shows that it was meant. */
  post<T = unknown>(url: string, body: object, headers?: Readonly<Record<string, string>>): Promise<Answer<T>>;
  close(): Promise<void>;
};

/** Nothing is refused because this machine is busy with other tests. */
export const PATIENT: Limits = { ...standardLimits, answerMs: 120_000, loopDelayMs: 0 };
/** Statements of a test's reader: a bound for what hangs, which a busy machine does not reach. */
export const PATIENT_STATEMENT_MS = 60_000;

/** The settings of a dashboard, with some of them changed. */
export const testConfig = (env: Readonly<Record<string, string>> = {}): DashboardConfig =>
  loadConfig(dashboardSettings, { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', ...env });

/** A reader without a database: `query` answers, all in one state. */
export const readerOf = (query: Query): Reader => ({ query, snapshot: (read) => read(query) });

/** Parts whose tables are in one state for ever; nothing is kept. */
export function steadyParts(options: {
  readonly reader: Reader;
  readonly clock?: Clock;
  readonly asOf?: Partial<AsOf>;
}): Parts {
  const { reader, clock = systemClock } = options;
  const asOf: AsOf = {
    ...{ version: 'steady', readAt: new Date(clock.now()).toISOString(), committedAt: null, watermark: null },
    ...options.asOf,
  };
  return {
    reader,
    clock,
    log: silentLog,
    versioned: { answer: (_pipeline, _key, read) => reader.snapshot((query) => read(query, asOf)) },
  };
}

/**
 * Opens the app for a test. Give `parts` (`steadyParts` without a database), or a `reader` of a real one.
 *
 * @example
 * const { get, close } = await openTestApp({ reader, features: (parts) => [createEventsFeature(parts)] });
 * const { body } = await get<EventPage>('/api/operator/santa-deliveries/events');
 */
export async function openTestApp(options: {
  readonly features: (parts: Parts, config: DashboardConfig) => readonly Feature[];
  readonly parts?: Parts;
  readonly reader?: Reader;
  readonly clock?: Clock;
  readonly env?: Readonly<Record<string, string>>;
  readonly canRedrive?: boolean;
  readonly limits?: Limits;
  readonly dist?: string;
}): Promise<TestApp> {
  const { clock = systemClock, limits = PATIENT } = options;
  const reader = options.reader ?? options.parts?.reader ?? readerOf(async () => []);
  const opened = openParts({ reader, clock, log: silentLog, versionAgeMs: 20 });
  const parts = options.parts ?? opened.parts;
  const config = testConfig(options.env);
  const features = options.features(parts, config);
  const live = createLive({
    ...{ versions: opened.versions, clock, log: silentLog, maxListeners: 100, pingMs: 10_000 },
    channels: features.flatMap(({ channels }) => channels),
  });
  const security = securityOf(config, { clock, log: silentLog, canRedrive: options.canRedrive ?? false });
  const wrong: string[] = [];
  const app = await openApp({
    ...{ features, live, security, limits, before: (each: FastifyInstance) => checkAnswers(each, wrong) },
    ...(options.dist === undefined ? {} : { dist: options.dist }),
  });
  const ask = async <T>(request: InjectOptions): Promise<Answer<T>> => {
    const answer = await app.inject({ ...request, headers: { host: '127.0.0.1', ...request.headers } });
    if (wrong.length > 0) throw new Error(wrong.splice(0).join('\n'));
    const isText = answer.headers['content-encoding'] === undefined && answer.payload !== '';
    const isJson = isText && /json/.test(String(answer.headers['content-type'] ?? ''));
    return {
      ...{ status: answer.statusCode, headers: answer.headers, text: answer.payload },
      body: (isJson ? JSON.parse(answer.payload) : answer.payload) as T,
    };
  };
  return {
    app,
    parts,
    get: (url, headers = {}) => ask({ method: 'GET', url, headers }),
    async post(url, body, headers = {}) {
      const { csrf } = (await ask<{ csrf: string | null }>({ method: 'GET', url: '/api/session', headers })).body;
      const token = csrf === null ? {} : { 'x-csrf-token': csrf };
      return ask({ method: 'POST', url, payload: body, headers: { ...token, ...headers } });
    },
    async close() {
      await app.close();
      opened.versions.close();
      await Promise.all(features.map((feature) => feature.close?.()));
    },
  };
}
