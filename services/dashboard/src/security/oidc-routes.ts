import type {} from '@fastify/swagger';
import { isMedallionError, MedallionError } from '@medallion/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { CALLBACK } from './check-config.ts';
import { nextPage } from './next-page.ts';
import type { LoginProof, Oidc } from './oidc.ts';
import type { Seal } from './seal.ts';
import { type LoginParts, noteLogin } from './session-routes.ts';

const PURPOSE = 'login';
/** How long somebody may take at the issuer. */
const LIFETIME_MS = 10 * 60_000;

const cookieName = (request: FastifyRequest): string =>
  request.protocol === 'https' ? '__Host-medallion-login' : 'medallion-login';

// lax: the way back from the issuer comes from another site
const attributes = (request: FastifyRequest) =>
  ({ path: '/', httpOnly: true, sameSite: 'lax', secure: request.protocol === 'https' }) as const;

const Start = Type.Object({ next: Type.Optional(Type.String({ maxLength: 1_000 })) });

type Begun = { readonly proof: LoginProof; readonly next: string };

async function begunLogin(seal: Seal, request: FastifyRequest): Promise<Begun | null> {
  const sealed = request.cookies[cookieName(request)];
  const facts = sealed === undefined ? null : await seal.open(PURPOSE, sealed);
  if (facts === null) return null;
  const { state, nonce, verifier, next } = facts;
  if (typeof state !== 'string' || typeof nonce !== 'string' || typeof verifier !== 'string') return null;
  return { proof: { state, nonce, verifier }, next: nextPage(typeof next === 'string' ? next : undefined) };
}

/** `GET /api/login/oidc?next=` and the way back from the issuer. Both answer a browser, so problems are shown by the page. */
export function oidcRoutes(app: FastifyInstance, oidc: Oidc, seal: Seal, parts: LoginParts): void {
  const { sessions, log } = parts;

  /** To the login page, which knows the words for each code. */
  const toLogin = (reply: FastifyReply, error: unknown, next: string) => {
    if (!isMedallionError(error)) throw error;
    log.warn({ code: error.code, reason: error.message, address: reply.request.ip }, 'a login failed');
    return reply.redirect(`/login?${new URLSearchParams({ problem: error.code, next })}`, 303);
  };

  app.get<{ Querystring: Static<typeof Start> }>(
    '/api/login/oidc',
    { config: { access: 'public' }, schema: { hide: true, querystring: Start } },
    async (request, reply) => {
      const next = nextPage(request.query.next);
      reply.header('cache-control', 'no-store');
      try {
        const { url, proof } = await oidc.begin();
        const sealed = await seal.close(PURPOSE, { ...proof, next }, LIFETIME_MS);
        reply.setCookie(cookieName(request), sealed, { ...attributes(request), maxAge: LIFETIME_MS / 1_000 });
        return reply.redirect(url.href, 303);
      } catch (error) {
        return toLogin(reply, error, next);
      }
    },
  );

  app.get(CALLBACK, { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const begun = await begunLogin(seal, request);
    reply.clearCookie(cookieName(request), attributes(request));
    if (begun === null) {
      const reason = 'it was not begun in this browser, or more than ten minutes ago';
      return toLogin(reply, new MedallionError('MED_LOGIN_REFUSED', { reason }), '/');
    }
    try {
      const query = request.url.slice(request.url.indexOf('?'));
      const person = await oidc.finish(query, begun.proof);
      await noteLogin(parts, request, person);
      await sessions.end(request, reply);
      await sessions.begin(request, reply, person);
      return reply.redirect(begun.next, 303);
    } catch (error) {
      return toLogin(reply, error, begun.next);
    }
  });
}
