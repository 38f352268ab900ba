import type { Socket } from 'node:net';
import { type Log, MedallionError, messageOf } from '@medallion/core';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import { type Health, type HealthReport, troubleOf } from './health.ts';
import { PROBLEM_TYPE, type Problem, problem, problemOf } from './problem.ts';
import type { Verdict } from './watchdog.ts';

/** The HTTP side of a service, listening. */
export type OpsServer = { readonly url: string; readonly port: number; close(): Promise<void> };

type Options = {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The service, for the error when the port is taken. */
  readonly service: string;
  readonly health: Health;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly log: Log;
  /** What the watchdog says. */
  readonly verdict: () => Verdict;
};

// requests here are a line and a few headers; anything larger or slower is not a probe
const LIMITS = {
  bodyLimit: 16_384,
  connectionTimeout: 10_000,
  requestTimeout: 5_000,
  handlerTimeout: 5_000,
  // longer than a usual scrape interval, so that a scrape does not meet a connection that is just being closed
  keepAliveTimeout: 65_000,
} as const;

function send(reply: FastifyReply, body: Problem): FastifyReply {
  return reply.code(body.status).type(PROBLEM_TYPE).send(JSON.stringify(body));
}

function notReady(report: HealthReport): Problem {
  if (report.trouble !== undefined) return problemOf(503, report.trouble);
  const failed = report.checks.flatMap((check) => (check.ok ? [] : [check]));
  const [first] = failed;
  if (report.state !== 'ready' || first === undefined) return problem(503, `the service is ${report.state}`);
  return problemOf(503, { ...first, message: failed.map(({ name, message }) => `${name}: ${message}`).join('\n') });
}

function addRoutes(app: FastifyInstance, { health, metrics, verdict }: Options): void {
  app.get('/livez', (_request, reply) => {
    const now = verdict();
    if (now.state === 'resting' || now.state === 'working') return reply.send({ status: 'alive', work: now.state });
    const { pending, stalledMs } = now;
    return send(
      reply,
      problemOf(503, troubleOf(new MedallionError('MED_STALLED', { pending, stalledMs: Math.round(stalledMs) }))),
    );
  });
  app.get<{ Querystring: { verbose?: string } }>('/readyz', (request, reply) => {
    const report = health.report();
    const verbose = request.query.verbose !== undefined && request.query.verbose !== 'false';
    const { ready: _, ...details } = report;
    if (report.ready) return reply.send(verbose ? { status: 'ready', ...details } : { status: 'ready' });
    const body = notReady(report);
    return send(reply, verbose ? { ...body, ...details } : body);
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}

/** Answers what is not HTTP at all, which never reaches a route. */
function refuse(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const body = JSON.stringify(problem(status, 'the request could not be read'));
  const head = `HTTP/1.1 ${status} ${problem(status, '').title}\r\nconnection: close\r\ncontent-type: ${PROBLEM_TYPE}`;
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function addErrors(app: FastifyInstance, log: Log): void {
  app.setNotFoundHandler((_request, reply) => {
    send(reply, problem(404, 'there are /livez, /readyz, /readyz?verbose and /metrics'));
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, route: request.routeOptions.url }, 'a request could not be answered');
    // what went wrong inside is for the log, not for a client
    send(reply, problem(status, status < 500 ? error.message : 'the service could not answer'));
  });
}

function listenError(error: unknown, { service, host, port }: Options): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return new MedallionError('MED_PORT_TAKEN', { port, what: service, variable: 'PORT' }, { cause: error });
  return new MedallionError('MED_LISTEN_FAILED', { host, port, reason: messageOf(error) }, { cause: error });
}

/**
 * Serves `/livez`, `/readyz` and `/metrics`. Throws MED_PORT_TAKEN or MED_LISTEN_FAILED.
 *
 * `/livez` answers for the progress of this process alone: a dependency that is down must not get it restarted.
 */
export async function serveOps(options: Options): Promise<OpsServer> {
  const app = fastify({
    ...LIMITS,
    forceCloseConnections: true,
    // while draining, probes are still answered; they say so themselves
    return503OnClosing: false,
    clientErrorHandler: refuse,
    frameworkErrors: (error, _request, reply) => {
      send(reply, problem(error.statusCode ?? 400, 'the request could not be read'));
    },
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
  });
  addRoutes(app, options);
  addErrors(app, options.log);
  try {
    const url = await app.listen({ host: options.host, port: options.port });
    return { url, port: Number(new URL(url).port), close: () => app.close() };
  } catch (error) {
    await app.close();
    throw listenError(error, options);
  }
}
