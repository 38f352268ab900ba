import { MedallionError, messageOf } from '@medallion/core';
import { RowRefusedError } from '@medallion/runtime';

/** Raised by `medallion.take_step`: a lease is at another epoch or offset. */
export const FENCED = 'MD001';
/** Raised by `medallion.take_step`: windows were closed since the rows were judged. */
export const FINAL_MOVED = 'MD002';

/** Raised by a merge of sessions that would change one that is final: a fault of the caller. */
export const FINAL_TOUCHED = 'MD003';

/** An error that came from the server, with its five-character code. */
export type ServerError = Error & { readonly code: string; readonly detail?: string };

const SQLSTATE = /^[0-9A-Z]{5}$/;

/** Whether the server said this; otherwise the connection failed. (Node's own codes, as EPIPE, have a system call.) */
export const isServerError = (error: unknown): error is ServerError =>
  error instanceof Error &&
  'severity' in error &&
  'code' in error &&
  typeof error.code === 'string' &&
  SQLSTATE.test(error.code);

/** Two transactions met; the same one may pass when it is sent again. */
export const isCollision = (error: unknown): boolean =>
  isServerError(error) && (error.code === '40001' || error.code === '40P01');

/**
 * The values are at fault, not the transaction: class 22 (data), 23 (constraint), 54 (too long for an index …), or two
 * keys of one statement that differ for JavaScript and not for Postgres (21000).
 */
const blamesContent = (code: string): boolean => /^(22|23|54)/.test(code) || code === '21000';

/** Will pass by itself: connection (08), resources (53), cancelled (57), locks and timeouts, a standby (25006). */
const isPassing = (code: string): boolean =>
  /^(08|40|53|57|58)/.test(code) || ['55P03', '25P02', '25P03', '25P04', '25006'].includes(code);

/** The error to give to the caller of the store. */
export function translated(error: unknown): Error {
  if (error instanceof RowRefusedError || error instanceof MedallionError) return error;
  if (!isServerError(error)) return unavailable(error);
  if (blamesContent(error.code)) return new RowRefusedError(`${error.message} (${error.code})`, { cause: error });
  return isPassing(error.code) ? unavailable(error) : error;
}

const unavailable = (cause: unknown): MedallionError =>
  new MedallionError('MED_STORE_UNAVAILABLE', { reason: messageOf(cause) || String(cause) }, { cause });
