import { isMedallionError, MedallionError, messageOf } from '@medallion/core';
import { BrokerError, NOT_LEADER } from './broker-error.ts';
import type { Network, Server } from './network.ts';
import type { SimCluster } from './sim-cluster.ts';
import type { SimProcess } from './sim-process.ts';

/** What everything that a process does with a cluster stands on. */
export type ClientParts = {
  readonly process: SimProcess;
  readonly network: Network;
  readonly cluster: SimCluster;
};

/** The longest wait for an answer of a broker, as the adapter on Kafka has it. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** As kafkajs tries again in the adapter on Kafka. */
const RETRY = { firstMs: 100, longestMs: 1_000, retries: 6 };

/** A request to a broker, asked again for a few seconds as the real client does; then MED_LOG_UNAVAILABLE. */
export async function askBroker<T>(
  { process, network }: ClientParts,
  to: () => Server,
  what: string,
  serve: () => T | Promise<T>,
): Promise<T> {
  for (let retry = 0, pauseMs = RETRY.firstMs; ; retry++) {
    try {
      return await network.call(process, { to: to(), what, serve, timeoutMs: REQUEST_TIMEOUT_MS });
    } catch (error) {
      if (isMedallionError(error)) throw error;
      // As for the adapter on Kafka: whoever reads outside a group begins anew with what it knows then.
      if (error instanceof BrokerError) throw error.type === NOT_LEADER ? unavailable(error) : error;
      if (retry === RETRY.retries) throw unavailable(error);
      await process.sleep(pauseMs);
      pauseMs = Math.min(pauseMs * 2, RETRY.longestMs);
    }
  }
}

/** The error of a log that does not answer, as the adapter on Kafka gives it. */
export const unavailable = (cause: unknown): MedallionError =>
  isMedallionError(cause) ? cause : new MedallionError('MED_LOG_UNAVAILABLE', { reason: messageOf(cause) }, { cause });
