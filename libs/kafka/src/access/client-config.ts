import type { KafkaConfig } from 'kafkajs';
import { clientLog } from '../client-log.ts';
import { type KafkaOptions, REQUEST_TIMEOUT_MS, RETRY } from '../options.ts';
import { saslOf } from './sasl.ts';
import { tlsSockets } from './tls-socket.ts';

const CONNECTION_TIMEOUT_MS = 5_000;

/**
 * kafkajs asks for the list whenever it looks for a first broker, and begins at its start. It goes on to the next one when a
 * connection is refused, but not when one is made and closed at once, as by a door with nothing behind it (a load balancer, a
 * sidecar) or by a broker that stops: then one broker that is away would hide all others from every new client.
 */
function inAnyOrder(brokers: readonly string[]): string[] {
  const left = [...brokers];
  const order: string[] = [];
  while (left.length > 0) order.push(...left.splice(Math.floor(Math.random() * left.length), 1));
  return order;
}

/** The configuration of every client of a cluster. */
export function clientConfig({ brokers, clientId, requestTimeoutMs, log, access }: KafkaOptions): KafkaConfig {
  return {
    brokers: () => inAnyOrder(brokers),
    clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    retry: RETRY,
    logCreator: clientLog(log),
    ...(access?.login === undefined ? {} : { sasl: saslOf(access.login) }),
    ...(access?.tls === undefined ? {} : { ssl: true, socketFactory: tlsSockets(access.tls) }),
  };
}
