import type { MedallionError } from '@medallion/core';
import type { FastifyReply } from 'fastify';
import { problemFor, sendProblem } from '../http/problems.ts';

/** An error that refuses a request before anybody looks at what it asks for. */
export type Refusal = MedallionError<
  | 'MED_LOGIN_REQUIRED'
  | 'MED_LOGIN_REFUSED'
  | 'MED_LOGIN_LIMITED'
  | 'MED_LOGIN_UNAVAILABLE'
  | 'MED_FORBIDDEN'
  | 'MED_REQUEST_FORGED'
  | 'MED_HOST_UNKNOWN'
>;

/** Answers with the problem that `error` is. */
export function refuse(reply: FastifyReply, error: Refusal): FastifyReply {
  const problem = problemFor(error);
  // every 401 names a way to log in (RFC 9110, 15.5.2)
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="medallion"');
  if ('seconds' in error.details) reply.header('retry-after', String(error.details.seconds));
  return sendProblem(reply, problem);
}
