import type { Log } from '@medallion/core';
import type { logCreator } from 'kafkajs';

/** Fields of kafkajs' lines that say where, and carry no data. */
const KEPT = ['broker', 'groupId', 'memberId', 'topic', 'partition', 'error', 'retryCount', 'retryTime'] as const;

/**
 * kafkajs' lines, all at level debug: it calls errors what it then retries, and what it gives up ends in an error with
 * a code, which is logged by whoever handles it.
 */
export const clientLog =
  (log: Log): logCreator =>
  () =>
  ({ namespace, log: line }) => {
    const fields: Record<string, unknown> = { client: namespace };
    for (const name of KEPT) {
      const value: unknown = line[name];
      if (value !== undefined) fields[name] = value instanceof Error ? value.message : value;
    }
    log.debug(fields, line.message);
  };
