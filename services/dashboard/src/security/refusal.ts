import type { MedallionError } from '@medallion/core';
import type { FastifyReply } from 'fastify';
import type { Problem } from '../contract/index.ts';

/** The status with which an answer says each of these errors. */
const STATUS = {
  MED_LOGIN_REQUIRED: 401,
  MED_LOGIN_REFUSED: 401,
  MED_FORBIDDEN: 403,
  MED_REQUEST_FORGED: 403,
  MED_HOST_UNKNOWN: 421,
  MED_LOGIN_LIMITED: 429,
  MED_LOGIN_UNAVAILABLE: 503,
} as const;

/** An error that refuses a request. */
export type Refusal = { [C in keyof typeof STATUS]: MedallionError<C> }[keyof typeof STATUS];

/** Answers with the problem that `error` is. */
export function refuse(reply: FastifyReply, error: Refusal): FastifyReply {
  const status = STATUS[error.code];
  const problem: Problem = {
    type: `urn:medallion:error:${error.code}`,
    title: error.code,
    status,
    detail: error.message,
    code: error.code,
    remedy: error.remedy,
  };
  // every 401 names a way to log in (RFC 9110, 15.5.2)
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="medallion"');
  if (error.code === 'MED_LOGIN_LIMITED') reply.header('retry-after', String(error.details.seconds));
  if (error.code === 'MED_LOGIN_UNAVAILABLE') reply.header('retry-after', '5');
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}
