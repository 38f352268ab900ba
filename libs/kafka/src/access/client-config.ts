import type { KafkaConfig } from 'kafkajs';
import { clientLog } from '../client-log.ts';
import { type KafkaOptions, REQUEST_TIMEOUT_MS, RETRY } from '../options.ts';
import { saslOf } from './sasl.ts';
import { tlsSockets } from './tls-socket.ts';

const CONNECTION_TIMEOUT_MS = 5_000;

/** Clients begin with different brokers, and each goes on to the next one of its list where nobody answers. */
function inAnyOrder(brokers: readonly string[]): string[] {
  const left = [...brokers];
  const order: string[] = [];
  while (left.length > 0) order.push(...left.splice(Math.floor(Math.random() * left.length), 1));
  return order;
}

/** The configuration of every client of a cluster. */
export function clientConfig({ brokers, clientId, requestTimeoutMs, log, access }: KafkaOptions): KafkaConfig {
  return {
    brokers: inAnyOrder(brokers),
    clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    retry: RETRY,
    logCreator: clientLog(log),
    ...(access?.login === undefined ? {} : { sasl: saslOf(access.login) }),
    ...(access?.tls === undefined ? {} : { ssl: true, socketFactory: tlsSockets(access.tls) }),
  };
}
