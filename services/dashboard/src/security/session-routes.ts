import type {} from '@fastify/swagger';
import { type Log, MedallionError, messageOf } from '@medallion/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { Session } from '../contract/index.ts';
import type { Attempts } from './attempts.ts';
import { type Audit, EVERY_PIPELINE } from './audit.ts';
import { refuse } from './refusal.ts';
import type { Sessions } from './sessions.ts';
import type { Person, Role, Who } from './who.ts';

/** What the routes of logging in are given. */
export type LoginParts = {
  readonly login: Session['login'];
  readonly sessions: Sessions;
  readonly attempts: Attempts;
  /** Whose token it is; only asked with AUTH=token. */
  readonly roleOfToken: (token: string) => Role | null;
  readonly canRedrive: boolean;
  readonly audit: Audit;
  readonly log: Log;
};

const Credentials = Type.Object({
  token: Type.String({ minLength: 1, maxLength: 1_024, description: 'Of viewers or of operators' }),
});

/** Writes down that an operator logged in; a database that is away keeps nobody from looking at why it is. */
export async function noteLogin(
  { audit, log, login }: LoginParts,
  request: FastifyRequest,
  person: Person,
): Promise<void> {
  log.info({ by: person.user, role: person.role, address: request.ip }, 'somebody logged in');
  if (person.role !== 'operator') return;
  const detail = { login, address: request.ip };
  try {
    await audit({ by: person.user, action: 'login', pipeline: EVERY_PIPELINE, subject: 'dashboard', detail });
  } catch (error) {
    log.warn({ reason: messageOf(error), by: person.user }, 'the login is only in this log');
  }
}

/** `GET`, `POST` (with a token) and `DELETE /api/session`. */
export function sessionRoutes(app: FastifyInstance, parts: LoginParts): void {
  const { login, sessions, attempts, roleOfToken, canRedrive, log } = parts;
  const sessionOf = (who: Who | null): Session => ({
    login,
    user: who?.shown ?? null,
    role: who?.role ?? null,
    csrf: who?.csrf ?? null,
    canRedrive,
  });
  const tags = ['session'];

  app.get(
    '/api/session',
    {
      config: { access: 'public' },
      schema: { tags, summary: 'Who asks, and what they may', response: { 200: Session } },
    },
    async (request, reply) => reply.header('cache-control', 'no-store').send(sessionOf(request.who)),
  );

  app.post<{ Body: Static<typeof Credentials> }>(
    '/api/session',
    {
      config: { access: 'public' },
      bodyLimit: 4_096,
      schema: { tags, summary: 'Log in with a token', body: Credentials, response: { 200: Session } },
    },
    async (request, reply) => {
      if (login !== 'token')
        return refuse(
          reply,
          new MedallionError('MED_LOGIN_REFUSED', { reason: `people log in by ${login} here, not by token` }),
        );
      const seconds = attempts.waitSeconds(request.ip);
      if (seconds > 0) return refuse(reply, new MedallionError('MED_LOGIN_LIMITED', { seconds }));
      const role = roleOfToken(request.body.token);
      if (role === null) {
        attempts.failed(request.ip);
        log.warn({ address: request.ip }, 'a login failed: unknown token');
        return refuse(reply, new MedallionError('MED_LOGIN_REFUSED', { reason: 'the token is not known' }));
      }
      const person: Person = { user: role, shown: role, role };
      await noteLogin(parts, request, person);
      // nobody goes on with a session that was there before
      await sessions.end(request, reply);
      const who = await sessions.begin(request, reply, person);
      return reply.header('cache-control', 'no-store').send(sessionOf(who));
    },
  );

  app.delete(
    '/api/session',
    { config: { access: 'viewer' }, schema: { tags, summary: 'Log out', response: { 204: Type.Null() } } },
    async (request, reply) => {
      await sessions.end(request, reply);
      return reply.code(204).send();
    },
  );
}
