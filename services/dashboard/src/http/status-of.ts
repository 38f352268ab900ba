import type { ErrorCode } from '@medallion/core';

/** What a client is told with each of our errors; all others are faults of ours, whose details are for the log alone. */
const STATUS: { readonly [C in ErrorCode]?: number } = {
  MED_REQUEST_INVALID: 400,
  MED_DECISION_INVALID: 400,
  MED_EXPRESSION_INVALID: 400,
  MED_LOGIN_REQUIRED: 401,
  MED_LOGIN_REFUSED: 401,
  MED_FORBIDDEN: 403,
  MED_REQUEST_FORGED: 403,
  MED_NOT_FOUND: 404,
  MED_PARTITIONS_CHANGED: 409,
  MED_REDRIVE_BUSY: 409,
  MED_REFRESH_UNFINISHED: 409,
  MED_HOST_UNKNOWN: 421,
  MED_LOGIN_LIMITED: 429,
  MED_RATE_LIMITED: 429,
  MED_APPEND_FAILED: 503,
  MED_LIVE_FULL: 503,
  MED_LOG_AUTH_FAILED: 503,
  MED_LOG_FORBIDDEN: 503,
  MED_LOG_TLS_FAILED: 503,
  MED_LOG_UNAVAILABLE: 503,
  MED_LOGIN_UNAVAILABLE: 503,
  MED_NOT_CONFIGURED: 503,
  MED_OVERLOADED: 503,
  MED_REGISTRY_AUTH_FAILED: 503,
  MED_REGISTRY_FORBIDDEN: 503,
  MED_REGISTRY_TLS_FAILED: 503,
  MED_REGISTRY_UNAVAILABLE: 503,
  MED_STORE_UNAVAILABLE: 503,
  MED_TOPIC_MISSING: 503,
  MED_READ_TOO_LONG: 504,
};

/** Every code that a client may be told. */
export const TOLD_CODES = Object.keys(STATUS) as readonly ErrorCode[];

/** The status of an answer that says this error; undefined where it is not for clients. */
export const statusOf = (code: ErrorCode): number | undefined => STATUS[code];
