import { type Log, MedallionError } from '@medallion/core';
import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { Attempts } from './attempts.ts';
import { foreignRequest, unprovenChange } from './csrf.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { Sessions } from './sessions.ts';
import { may, type Person, type Who } from './who.ts';

type Options = {
  readonly isAllowedHost: (header: string) => boolean;
  /** Who everybody is, where nobody logs in. */
  readonly everybody: Who | null;
  readonly sessions: Sessions;
  /** Whose token came; null: nobody's. */
  readonly bearer: (token: string) => Promise<Person | null>;
  /** Addresses that may no longer guess; null: tokens cannot be guessed. */
  readonly attempts: Attempts | null;
  readonly log: Log;
};

/** A token that came with the request, as programs send it. */
const bearerOf = (request: FastifyRequest): string | null =>
  /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;

/**
 * Before anything of a request is read: is it meant for us, does it come from our own pages, who asks, may they, and
 * did they mean it. Each answers for itself; the first that says no is the answer.
 */
export function whoAsks({
  isAllowedHost,
  everybody,
  sessions,
  bearer,
  attempts,
  log,
}: Options): onRequestAsyncHookHandler {
  const byToken = async (request: FastifyRequest, token: string): Promise<Who | Refusal> => {
    const seconds = attempts?.waitSeconds(request.ip) ?? 0;
    if (seconds > 0) return new MedallionError('MED_LOGIN_LIMITED', { seconds });
    const person = await bearer(token);
    if (person !== null) return { ...person, via: 'bearer', csrf: null, until: null };
    attempts?.failed(request.ip);
    log.warn({ address: request.ip }, 'a bearer token was refused');
    return new MedallionError('MED_LOGIN_REQUIRED', { reason: 'the bearer token does not hold' });
  };

  const refusalOf = async (request: FastifyRequest): Promise<Refusal | null> => {
    if (!isAllowedHost(request.host)) {
      const host = JSON.stringify(request.host.slice(0, 100));
      return new MedallionError('MED_HOST_UNKNOWN', { host });
    }
    const foreign = foreignRequest(request);
    if (foreign !== null) return foreign;

    const token = everybody === null ? bearerOf(request) : null;
    if (token !== null) {
      const who = await byToken(request, token);
      if (who instanceof Error) return who;
      request.who = who;
    } else {
      request.who = everybody ?? (await sessions.of(request));
    }

    const access = request.routeOptions.config.access ?? 'viewer';
    // there is nothing behind an address that is not there, and the pages' own addresses are made by the browser
    if (access === 'public' || request.is404) return null;
    const { who } = request;
    if (who === null)
      return new MedallionError('MED_LOGIN_REQUIRED', { reason: 'the request has no session that holds' });
    if (!may(who, access))
      return new MedallionError('MED_FORBIDDEN', { user: who.shown, reason: 'it needs the role of an operator' });
    return unprovenChange(request, who);
  };

  return async (request: FastifyRequest, reply: FastifyReply) => {
    try {
      const refusal = await refusalOf(request);
      if (refusal !== null) return refuse(reply, refusal);
    } catch (error) {
      if (error instanceof MedallionError && (error.code === 'MED_FORBIDDEN' || error.code === 'MED_LOGIN_UNAVAILABLE'))
        return refuse(reply, error as Refusal);
      throw error;
    }
  };
}
