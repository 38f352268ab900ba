import { MedallionError } from '@medallion/core';
import type { FastifyRequest } from 'fastify';
import { hostNameOf } from './hosts.ts';
import { sameSecret } from './tokens.ts';
import type { Who } from './who.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

const forged = (reason: string) => new MedallionError('MED_REQUEST_FORGED', { reason });

const text = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(', ') : header;

/** A link from elsewhere that somebody followed: it shows a page, and the page elsewhere sees nothing of it. */
const isNavigation = (request: FastifyRequest): boolean =>
  request.method === 'GET' &&
  text(request.headers['sec-fetch-mode']) === 'navigate' &&
  text(request.headers['sec-fetch-dest']) === 'document';

/** Whether `origin` is the one that the request was sent to. Other ports are other origins, although the same site. */
function isOwnOrigin(origin: string, request: FastifyRequest): boolean {
  const url = URL.parse(origin);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return false;
  const asked = URL.parse(`${url.protocol}//${request.host}`);
  return asked !== null && hostNameOf(request.host) !== null && url.host === asked.host;
}

/**
 * What speaks against a request that a browser says another page made: null for our own pages and for programs, which
 * send neither Origin nor Sec-Fetch-Site. Cookies alone do not help here: they know no ports, so a page of another
 * program on localhost is the "same site".
 */
export function foreignRequest(request: FastifyRequest): MedallionError<'MED_REQUEST_FORGED'> | null {
  const site = text(request.headers['sec-fetch-site']);
  const { origin } = request.headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isNavigation(request))
    return forged(`it was made by another site or another port (${site === 'same-site' ? site : 'cross-site'})`);
  if (origin !== undefined && !isOwnOrigin(origin, request)) return forged('its Origin is another one');
  return null;
}

/** What speaks against a request that changes something, made by a browser by itself: the page's token has to be in it. */
export function unprovenChange(request: FastifyRequest, who: Who): MedallionError<'MED_REQUEST_FORGED'> | null {
  if (SAFE.has(request.method) || who.csrf === null) return null;
  const token = text(request.headers['x-csrf-token']);
  if (token === undefined) return forged('it has no x-csrf-token');
  return sameSecret(token, who.csrf) ? null : forged('its x-csrf-token is not that of the session');
}
