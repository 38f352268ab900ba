import { PassThrough } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { MedallionError } from '@medallion/core';
import type { FastifyInstance, FastifyReply } from 'fastify';
import Type from 'typebox';
import { PIPELINE, StorableText } from '../contract/index.ts';
import type { Live, Sink } from './live.ts';

const Query = Type.Object(
  {
    pipeline: StorableText(100, PIPELINE),
    channels: Type.String({ maxLength: 200, default: 'commit', description: 'Names of channels, separated by commas' }),
  },
  { additionalProperties: false },
);

/** Who has so many bytes waiting is too slow: the stream ends, and the page begins anew with the last state. */
const MAX_WAITING_BYTES = 1_048_576;

/** The answer begins at once and has no end: the longest there is, some weeks. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * `GET /api/live`: server-sent events. A plain stream, not a package: every frame is made once and written to all listeners
 * as it is, and a listener that takes too little is let go, for which such a package would have to be gone around.
 */
export function liveRoute(app: FastifyInstance, live: Live): void {
  app.withTypeProvider<TypeBoxTypeProvider>().get(
    '/api/live',
    {
      handlerTimeout: NO_TIMEOUT_MS,
      exposeHeadRoute: false,
      compress: false,
      schema: {
        tags: ['live'],
        summary: 'What happens, as it happens (server-sent events)',
        description: `Events are named after their channel (${live.channels.join(', ')}); the first one of each is whole. \`ping\` says that the stream is alive, \`trouble\` that Postgres is away (a problem) or back (null).`,
        querystring: Query,
        produces: ['text/event-stream'],
        response: {
          200: Type.Unsafe<unknown>({ type: 'string', description: 'Events, until one of the two ends it' }),
        },
      },
    },
    (request, reply) => {
      const names = request.query.channels.split(',').filter((name) => name !== '');
      const unknown = names.find((name) => !live.channels.includes(name));
      if (unknown !== undefined)
        throw new MedallionError('MED_REQUEST_INVALID', {
          problem: `there is no channel "${unknown}", only ${live.channels.join(', ')}`,
        });
      const stream = new PassThrough({ highWaterMark: MAX_WAITING_BYTES });
      const leave = live.join(request.query.pipeline, names, sinkOf(stream, reply));
      stream.once('close', leave);
      request.raw.once('close', () => stream.destroy());
      const { until } = request.who ?? { until: null };
      if (until !== null) endAt(stream, until);
      return reply
        .header('cache-control', 'no-store, no-transform')
        .header('x-accel-buffering', 'no')
        .type('text/event-stream; charset=utf-8')
        .send(stream);
    },
  );
}

/** Nobody sees more than until the end of their session. */
function endAt(stream: PassThrough, until: number): void {
  const timer = setTimeout(() => stream.end(), Math.min(until - Date.now(), NO_TIMEOUT_MS));
  stream.once('close', () => clearTimeout(timer));
}

function sinkOf(stream: PassThrough, reply: FastifyReply): Sink {
  return {
    write(frame) {
      if (stream.destroyed || stream.writableEnded) return false;
      const waiting = stream.writableLength + stream.readableLength + (reply.raw.socket?.writableLength ?? 0);
      if (waiting > MAX_WAITING_BYTES) {
        stream.destroy();
        return false;
      }
      stream.write(frame);
      return true;
    },
    end: () => stream.end(),
  };
}
