import { STATUS_CODES } from 'node:http';
import type { Trouble } from './health.ts';

/** The media type of an RFC 9457 problem. */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** An RFC 9457 problem: what a client is told, never a stack. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code?: string;
  readonly remedy?: string;
};

/** A problem that is said by its status alone. */
export const problem = (status: number, detail: string): Problem => ({
  type: 'about:blank',
  title: STATUS_CODES[status] ?? 'Error',
  status,
  detail,
});

/** A problem with a code of the error catalogue. */
export const problemOf = (status: number, { code, message, remedy }: Trouble): Problem => ({
  type: `urn:medallion:error:${code}`,
  title: code,
  status,
  detail: message,
  code,
  remedy,
});
