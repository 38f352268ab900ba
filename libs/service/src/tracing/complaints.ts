import { type Log, messageOf } from '@medallion/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { maskCredentials } from '../mask.ts';

/** What goes wrong with reporting goes wrong for every batch of spans: it is said no more often than this. */
const SAY_EVERY_MS = 60_000;

/** Says what goes wrong with reporting. */
export type Complain = (...words: readonly unknown[]) => void;

/** Says it as log lines, few of them: a collector that is away is no reason to write one for each attempt. */
export function complaints(log: Log): Complain {
  let said = Number.NEGATIVE_INFINITY;
  return (...words) => {
    const now = performance.now();
    if (now - said < SAY_EVERY_MS) return;
    said = now;
    const reason = maskCredentials(words.map(told).join(' ')).slice(0, 300);
    log.warn({ reason }, 'traces cannot be reported; the service goes on without them');
  };
}

/** The SDK tells of errors as JSON, with a stack. */
function told(word: unknown): string {
  const text = messageOf(word);
  if (!text.startsWith('{')) return text;
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}

/** An exporter that says why spans were not taken; the SDK keeps that to itself when it shuts down. */
export const complaining = (inner: SpanExporter, complain: Complain): SpanExporter => ({
  export: (spans, done) =>
    inner.export(spans, (result) => {
      if (result.error !== undefined) complain(result.error);
      done(result);
    }),
  forceFlush: async () => inner.forceFlush?.(),
  shutdown: () => inner.shutdown(),
});
