import { isMedallionError, type Log, MedallionError, messageOf } from '@medallion/core';
import { maskCredentials, PROBLEM_TYPE, type Problem, problem, problemOf } from '@medallion/service';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { statusOf } from './status-of.ts';
import { troubleFor } from './trouble-for.ts';

/** After an answer that says to come back later, in seconds. */
const RETRY_AFTER_S = 2;

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, body: Problem): FastifyReply {
  if (body.status === 503) reply.header('retry-after', RETRY_AFTER_S);
  return reply
    .code(body.status)
    .header('cache-control', 'no-store')
    .type(PROBLEM_TYPE)
    .serializer((payload: unknown) => payload as string)
    .send(JSON.stringify(body));
}

/** Every problem of a request, not the first one alone. */
const invalid = ({ validation = [], validationContext }: FastifyError): MedallionError =>
  new MedallionError('MED_REQUEST_INVALID', {
    problem: validation
      .map(({ instancePath, message, params }) => {
        const extra = 'additionalProperty' in params ? `: ${String(params.additionalProperty)}` : '';
        return `${validationContext ?? 'request'}${instancePath.replaceAll('/', '.')} ${message ?? 'is not valid'}${extra}`;
      })
      .join('; '),
  });

/** The problem that an error is, as a client may know it. */
export function problemFor(error: unknown): Problem {
  if (isMedallionError(error)) {
    const status = statusOf(error.code);
    return status === undefined ? hidden() : problemOf(status, troubleFor(error));
  }
  if (!(error instanceof Error)) return hidden();
  const { statusCode = 500, validation } = error as FastifyError;
  if (validation !== undefined) return problemFor(invalid(error as FastifyError));
  // Of Fastify and its plugins: a body that is too large, no JSON, of another type …
  return statusCode >= 400 && statusCode < 500
    ? problem(statusCode, maskCredentials(error.message))
    : problem(statusCode === 503 ? 503 : 500, statusCode === 503 ? 'the dashboard could not answer in time' : HIDDEN);
}

const HIDDEN = 'the dashboard could not answer; its log says why';
const hidden = (): Problem => problem(500, HIDDEN);

/** Has every error of the API answered as a problem (RFC 9457). */
export function addProblems(app: FastifyInstance, log: Log): void {
  app.setNotFoundHandler((request, reply) => {
    const name = `${request.method} ${request.url.slice(0, 200)}`;
    sendProblem(reply, problemFor(new MedallionError('MED_NOT_FOUND', { kind: 'address', name, list: '/api/docs' })));
  });
  app.setErrorHandler((error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const body = problemFor(error);
    const fields = { route: request.routeOptions.url, status: body.status };
    if (body.status === 500) log.error({ ...fields, err: error }, 'a request could not be answered');
    else if (body.status >= 500) log.debug({ ...fields, reason: messageOf(error) }, 'a request was not answered');
    return sendProblem(reply, body);
  });
}
