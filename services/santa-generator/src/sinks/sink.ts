import type { GeneratedRecord } from '../generator.ts';

/** Where records go. */
export interface Sink {
  /** Resolves when the records are safe there; one call at a time. */
  write(records: readonly GeneratedRecord[]): Promise<void>;
  /** Resolves when nothing is held any more. */
  close(): Promise<void>;
}
