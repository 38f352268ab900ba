import { isIP, Socket } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import type { KafkaAccess } from './kafka-access.ts';
import { readNow } from './secret-source.ts';

const KEEP_ALIVE_MS = 60_000;

/** What a TLS connection is made with, as the files are now. @throws FileError */
export function tlsNow({ caFile, client }: NonNullable<KafkaAccess['tls']>): ConnectionOptions {
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true, // whatever NODE_TLS_REJECT_UNAUTHORIZED says
    ...(caFile === undefined ? {} : { ca: readNow('KAFKA_SSL_CA_FILE', caFile) }),
    ...(client === undefined
      ? {}
      : {
          cert: readNow('KAFKA_SSL_CERT_FILE', client.certFile),
          key: readNow('KAFKA_SSL_KEY_FILE', client.keyFile),
        }),
  };
}

/** Encrypted connections to brokers; certificates are read anew for each, so that they may be renewed at run time. */
export const tlsSockets =
  (tls: NonNullable<KafkaAccess['tls']>): ISocketFactory =>
  ({ host, port, onConnect }) => {
    try {
      const name = isIP(host) === 0 ? { servername: host } : {};
      return connect({ host, port, ...name, ...tlsNow(tls) }, onConnect).setKeepAlive(true, KEEP_ALIVE_MS);
    } catch (error) {
      // Thrown, kafkajs would keep nothing but the message of it.
      const unopened = new Socket();
      process.nextTick(() => unopened.destroy(error as Error));
      return unopened;
    }
  };
