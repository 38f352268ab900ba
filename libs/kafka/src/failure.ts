import { isMedallionError, MedallionError, messageOf } from '@medallion/core';

/** The first cause of an error, which kafkajs wraps in retries. */
export function rootCause(error: unknown): unknown {
  let at = error;
  for (let depth = 0; depth < 10 && at instanceof Error && at.cause !== undefined; depth++) at = at.cause;
  return at;
}

/** The protocol's name of the error that a broker answered, such as UNKNOWN_TOPIC_OR_PARTITION. */
export function protocolError(error: unknown): string | undefined {
  let at = error;
  for (let depth = 0; depth < 10 && at instanceof Error; depth++) {
    const type = (at as { type?: unknown }).type;
    if (typeof type === 'string') return type;
    at = at.cause;
  }
  return undefined;
}

/** An error of the client as MED_LOG_UNAVAILABLE; one that has a code already is left as it is. */
export function unavailable(error: unknown): MedallionError {
  if (isMedallionError(error)) return error;
  const type = protocolError(error);
  const reason = messageOf(rootCause(error));
  return new MedallionError('MED_LOG_UNAVAILABLE', { reason: type ? `${type}: ${reason}` : reason }, { cause: error });
}

/** Resolves with the outcome of `work`, or rejects after `ms` with `late`'s error while `work` goes on unheeded. */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  work.catch(() => {}); // after the timeout nobody else hears of it
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for `work` up to `ms`, whatever becomes of it: for closing down. */
export const settled = (ms: number, work: Promise<unknown>): Promise<void> =>
  within(ms, work, () => new Error('late')).then(
    () => {},
    () => {},
  );
