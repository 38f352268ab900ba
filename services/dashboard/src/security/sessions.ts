import { randomBytes } from 'node:crypto';
import type {} from '@fastify/cookie';
import type { Clock, Instant } from '@medallion/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Seal } from './seal.ts';
import type { Person, Who } from './who.ts';

/** Who is logged in, as their browser's cookie says it; nothing of it is kept here but which were ended. */
export type Sessions = {
  /** Logs somebody in with this answer. */
  begin(request: FastifyRequest, reply: FastifyReply, person: Person): Promise<Who>;
  /** Whose session came with the request; null: none that holds. */
  of(request: FastifyRequest): Promise<Who | null>;
  /** Ends the session that came with the request, for every copy of the cookie too. */
  end(request: FastifyRequest, reply: FastifyReply): Promise<void>;
};

const PURPOSE = 'session';
/** Sessions that were ended are remembered until they would have ended by themselves; the oldest go beyond so many. */
const MOST_ENDED = 10_000;

/** The `__Host-` prefix makes browsers refuse the cookie from anyone but this very host over TLS. */
const cookieName = (request: FastifyRequest): string =>
  request.protocol === 'https' ? '__Host-medallion' : 'medallion';

const attributes = (request: FastifyRequest) =>
  ({ path: '/', httpOnly: true, sameSite: 'strict', secure: request.protocol === 'https' }) as const;

export function createSessions(seal: Seal, clock: Clock, lifetimeMs: number): Sessions {
  const ended = new Map<string, Instant>();
  const read = async (
    request: FastifyRequest,
  ): Promise<(Who & { readonly id: string; readonly until: Instant }) | null> => {
    const sealed = request.cookies[cookieName(request)];
    const facts = sealed === undefined ? null : await seal.open(PURPOSE, sealed);
    if (facts === null) return null;
    const { sub: user, shown, role, csrf, jti: id, exp } = facts;
    if (user === undefined || id === undefined || exp === undefined) return null;
    if (typeof shown !== 'string' || typeof csrf !== 'string') return null;
    if (role !== 'viewer' && role !== 'operator') return null;
    if (ended.has(id)) return null;
    return { user, shown, role, csrf, id, via: 'session', until: (exp * 1_000) as Instant };
  };
  return {
    async begin(request, reply, { user, shown, role }) {
      const csrf = randomBytes(24).toString('base64url');
      const facts = { sub: user, shown, role, csrf, jti: randomBytes(16).toString('base64url') };
      const until = (Math.floor((clock.now() + lifetimeMs) / 1_000) * 1_000) as Instant;
      const sealed = await seal.close(PURPOSE, facts, lifetimeMs);
      reply.setCookie(cookieName(request), sealed, { ...attributes(request), maxAge: Math.floor(lifetimeMs / 1_000) });
      return { user, shown, role, csrf, via: 'session', until };
    },
    async of(request) {
      const session = await read(request);
      if (session === null) return null;
      const { id: _, ...who } = session;
      return who;
    },
    async end(request, reply) {
      const session = await read(request);
      if (session !== null) {
        for (const [id, until] of ended) if (until <= clock.now() || ended.size >= MOST_ENDED) ended.delete(id);
        ended.set(session.id, session.until);
      }
      reply.clearCookie(cookieName(request), attributes(request));
    },
  };
}
