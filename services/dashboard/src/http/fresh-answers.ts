import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { AsOf } from '../contract/index.ts';

/** Another process may answer otherwise with the same rows: it may be of another version. */
const PROCESS = randomBytes(4).toString('base64url');

const asOfOf = (payload: unknown): AsOf | undefined => {
  if (typeof payload !== 'object' || payload === null || !('asOf' in payload)) return undefined;
  return payload.asOf as AsOf;
};

const matches = (header: string | undefined, tag: string): boolean =>
  (header ?? '').split(',').some((each) => each.trim() === tag);

/**
 * Gives every answer with an `asOf` an ETag of its version, and answers 304 to who has that one. The tag is of the address
 * as a whole, so that the version alone tells two answers apart.
 */
export function addFreshness(app: FastifyInstance): void {
  app.addHook('preSerialization', async (request, reply, payload) => {
    const asOf = asOfOf(payload);
    if (asOf === undefined || reply.statusCode !== 200 || !['GET', 'HEAD'].includes(request.method)) return payload;
    const tag = `W/"${asOf.version}.${PROCESS}"`;
    reply.header('etag', tag).header('cache-control', 'private, no-cache');
    if (!matches(request.headers['if-none-match'], tag)) return payload;
    reply.code(304).removeHeader('content-type');
    return null;
  });
  app.addHook('onSend', async (_request, reply, payload) => (reply.statusCode === 304 ? '' : payload));
}
