import type { Clock, Instant, Log, LogFields } from '@medallion/core';
import { loadConfig } from '@medallion/service';
import { type FastifyInstance, fastify, type LightMyRequestResponse } from 'fastify';
import type { OperatorAction } from '../audit.ts';
import { type SecurityConfig, type SecurityParts, securityOf } from '../security.ts';
import { securitySettings } from '../settings.ts';

/** A clock that stands until it is moved. */
export type TestClock = Clock & { move(ms: number): void };

export function testClock(start = Date.parse('2026-12-24T18:00:00Z')): TestClock {
  let now = start;
  return {
    now: () => now as Instant,
    move(ms) {
      now += ms;
    },
  };
}

export type Line = { readonly level: string; readonly fields: LogFields; readonly message: string };

export function testLog(): Log & { readonly lines: Line[] } {
  const lines: Line[] = [];
  const write = (level: string) => (fields: LogFields, message: string) => void lines.push({ level, fields, message });
  return { lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** The configuration as the environment gives it. */
export const configOf = (env: Readonly<Record<string, string>>): SecurityConfig => {
  const { DASHBOARD_HOST = '127.0.0.1', ...rest } = env;
  return { ...loadConfig(securitySettings, rest), DASHBOARD_HOST };
};

export const VIEWER_TOKEN = 'viewer-token-0123456789';
export const OPERATOR_TOKEN = 'operator-token-0123456789';
export const TOKEN_ENV = { AUTH: 'token', VIEWER_TOKEN, OPERATOR_TOKEN };

export type TestApp = {
  readonly app: FastifyInstance;
  readonly clock: TestClock;
  readonly log: ReturnType<typeof testLog>;
  readonly audited: OperatorAction[];
};

/** Routes of every kind behind the real thing. */
export async function testApp(
  env: Readonly<Record<string, string>>,
  parts: Partial<SecurityParts> & { clock?: TestClock } = {},
): Promise<TestApp> {
  const clock = parts.clock ?? testClock();
  const log = testLog();
  const audited: OperatorAction[] = [];
  const audit = async (entry: OperatorAction): Promise<void> => void audited.push(entry);
  const security = securityOf(configOf(env), { log, audit, canRedrive: true, ...parts, clock });
  const app: FastifyInstance = fastify({ ...security.serverOptions, forceCloseConnections: true });
  await security.addHeaders(app);
  await security.register(app);
  app.get('/', { config: { access: 'public' } }, async () => 'the page');
  app.get('/api/unsaid', async (request) => ({ by: request.who?.user }));
  app.get('/api/viewer', { config: { access: 'viewer' } }, async (request) => ({ by: request.who?.user }));
  app.get('/api/operator', { config: { access: 'operator' } }, async (request) => ({ by: request.who?.user }));
  app.post('/api/viewer', { config: { access: 'viewer' } }, async () => ({ done: true }));
  app.post('/api/operator', { config: { access: 'operator' } }, async () => ({ done: true }));
  app.get('/api/broken', { config: { access: 'public' } }, async () => {
    throw new Error('broken');
  });
  await app.ready();
  return { app, clock, log, audited };
}

/** What an answer sets as cookies, as the next request sends them. */
export const cookiesOf = (response: LightMyRequestResponse): Record<string, string> =>
  Object.fromEntries(response.cookies.map(({ name, value }) => [name, value]));

/** Logs in with a token; the cookies and the CSRF token of the session. */
export async function logIn(app: FastifyInstance, token: string) {
  const response = await app.inject({ method: 'POST', url: '/api/session', payload: { token } });
  const { csrf } = response.json<{ csrf: string }>();
  return { response, cookies: cookiesOf(response), csrf };
}
