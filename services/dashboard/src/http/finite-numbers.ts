import { MedallionError } from '@medallion/core';
import type { FastifyInstance } from 'fastify';

/**
 * Refuses numbers that are none of ours: the validator makes `1e999` infinite and lets that pass all bounds of its schema,
 * in an address as in a body.
 */
export function refuseInfinite(app: FastifyInstance): void {
  app.addHook('preHandler', async ({ params, query, body }) => {
    const found = infiniteIn(params, 'params') ?? infiniteIn(query, 'querystring') ?? infiniteIn(body, 'body');
    if (found !== null) throw new MedallionError('MED_REQUEST_INVALID', { problem: `${found} is not a finite number` });
  });
}

/** Where the first such number is; null: there is none. Bodies are small, and JSON has no cycles. */
function infiniteIn(value: unknown, where: string): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : where;
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return null;
  for (const [name, each] of Object.entries(value)) {
    const found = infiniteIn(each, `${where}.${name}`);
    if (found !== null) return found;
  }
  return null;
}
