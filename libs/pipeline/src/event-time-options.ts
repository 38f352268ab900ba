import type { DurationMs } from '@medallion/core';

/** How the event time of a table moves on. */
export type EventTimeOptions = {
  readonly watermarkDelay: DurationMs;
  readonly maxFutureSkew?: DurationMs;
  /** At least the watermark delay; a row that comes within so long of its event time is never late because of it. */
  readonly closeWhenSilentFor?: DurationMs;
};
