import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import rateLimit from '@fastify/rate-limit';
import underPressure from '@fastify/under-pressure';
import { MedallionError } from '@medallion/core';
import type { FastifyInstance } from 'fastify';

/** Bounds of the server itself; a route may say less. */
export const SERVER_LIMITS = {
  bodyLimit: 262_144,
  /** For a whole request to come in. */
  requestTimeout: 10_000,
  connectionTimeout: 0,
  keepAliveTimeout: 65_000,
  routerOptions: { maxParamLength: 300 },
} as const;

/** What one address may ask, how long an answer may take, and when everybody has to wait. */
export type Limits = {
  readonly requestsPerMinute: number;
  /** For an answer to begin, in ms. */
  readonly answerMs: number;
  /** The loop is this late: more work would make all of it late. 0: nobody ever has to wait. */
  readonly loopDelayMs: number;
  /** How often the loop is looked at, in ms. */
  readonly loopSampleMs: number;
};

/** A wall of pages behind one address: each asks for some dozens of files and answers when it opens, then little. */
export const standardLimits: Limits = {
  requestsPerMinute: 6_000,
  answerMs: 15_000,
  loopDelayMs: 1_500,
  loopSampleMs: 1_000,
};

/**
 * Looks one after the other that must find the loop late before work is refused. One alone says little: a start, or
 * another process that had the machine for a second, and a look that found no sample at all counts as endlessly late.
 */
const LATE_LOOKS = 3;

/** Counts the looks at the loop that found it late, one after the other. */
export class LateLooks {
  #late = 0;

  /** Whether it was late at so many that work has to wait. */
  get areTooMany(): boolean {
    return this.#late >= LATE_LOOKS;
  }

  add(isLate: boolean): void {
    this.#late = isLate ? this.#late + 1 : 0;
  }
}

/** Nothing smaller is worth the work, in bytes. */
const COMPRESS_FROM = 1_024;

/** Nearly as small as the best quality (11), in a fraction of its time. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

/** Adds rate limits, the refusal of work that comes on top of too much, and compression. */
export async function addLimits(
  app: FastifyInstance,
  { requestsPerMinute, loopDelayMs, loopSampleMs }: Omit<Limits, 'answerMs'>,
): Promise<void> {
  const lateLooks = new LateLooks();
  await app.register(underPressure, {
    maxEventLoopDelay: loopDelayMs,
    sampleInterval: loopSampleMs,
    pressureHandler: (_request, _reply, type, value) => {
      if (!lateLooks.areTooMany) return;
      throw new MedallionError('MED_OVERLOADED', { reason: `${type} is ${Math.round(value ?? 0)}` });
    },
  });
  const looks = setInterval(() => lateLooks.add(app.isUnderPressure()), loopSampleMs).unref();
  app.addHook('onClose', () => clearInterval(looks));
  await app.register(rateLimit, {
    max: requestsPerMinute,
    timeWindow: 60_000,
    errorResponseBuilder: (_request, { max, after, ttl }) =>
      new MedallionError('MED_RATE_LIMITED', { limit: max, window: after, seconds: Math.ceil(ttl / 1_000) }),
  });
  // For every request, before hooks that come later: those of routes alone would run after who is asking was answered.
  app.addHook('onRequest', app.rateLimit());
  await app.register(compress, { threshold: COMPRESS_FROM, encodings: ['br', 'gzip'], brotliOptions: BROTLI });
}
