import type { TraceContext } from '@medallion/core';
import type { Headers } from '../ports/index.ts';

/** The header that says which trace a record belongs to, as W3C's Trace Context names it. */
export const TRACEPARENT = 'traceparent';

/** Longer values are none: those of version 00 have 55 bytes, and later ones may add some. */
const MAX_BYTES = 512;
const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/s;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

/** Reads a `traceparent`; null when it is none. Never throws, whatever a producer sent. */
export function parseTraceparent(header: Buffer | string | undefined): TraceContext | null {
  if (header === undefined || header.length > MAX_BYTES) return null;
  const found = FORM.exec(typeof header === 'string' ? header : header.toString('latin1'));
  if (found === null) return null;
  const [, version, traceId, spanId, flags] = found as unknown as readonly [string, string, string, string, string];
  // Versions to come may add fields, of which this one knows nothing; ff is forbidden.
  if (version === 'ff' || (version === '00' && found[5] !== undefined)) return null;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** The context that a record came with; null for none. */
export const contextOf = ({ headers }: { readonly headers: Headers }): TraceContext | null => {
  const header = headers[TRACEPARENT];
  return header === undefined ? null : parseTraceparent(header);
};

/** The text form of a context, of version 00. */
export const formatTraceparent = ({ traceId, spanId, sampled }: TraceContext): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
