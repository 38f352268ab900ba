import type { Log } from '@medallion/core';
import type { KafkaAccess } from './access/kafka-access.ts';

/** How to reach a Kafka cluster. */
export type KafkaOptions = {
  /** `host:port` of some of its brokers. */
  readonly brokers: readonly string[];
  /** The name that the brokers' logs and quotas know this client by. */
  readonly clientId: string;
  readonly log: Log;
  /** Who the client is, and by what it knows the brokers; nobody, and unencrypted, when absent. */
  readonly access?: KafkaAccess;
  /** The longest wait for an answer of a broker; default 30 s. */
  readonly requestTimeoutMs?: number;
};

export const REQUEST_TIMEOUT_MS = 30_000;
/**
 * How long kafkajs itself tries again: a few seconds, which is a broker's restart. Then an error with a code goes to the
 * caller, who has a backoff of his own; kafkajs' default would leave 8 s between two tries when the broker is back.
 */
export const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 6 };
/** The longest time that closing down waits for a broker. */
export const CLOSE_TIMEOUT_MS = 5_000;
