import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

// ApiVersions version 0 with the client id "probe": size, api key 18, version 0, correlation id 1, string.
const request = Buffer.from([0, 0, 0, 15, 0, 18, 0, 0, 0, 0, 0, 1, 0, 5, ...Buffer.from('probe')]);

/**
 * Whether a broker answers requests. Its port accepts connections a while earlier than it serves them, so connecting
 * alone would say yes too soon. `authority`: what its certificate is trusted by (PEM), where it is encrypted.
 */
export const kafkaAnswers = (host: string, port: number, authority?: string, timeoutMs = 10_000): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = authority === undefined ? connect({ host, port }) : connectTls({ host, port, ca: authority });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('close', () => resolve(false));
    socket.once(authority === undefined ? 'connect' : 'secureConnect', () => socket.write(request));
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      // Size, correlation id, error code: enough to know.
      if (received.length >= 10) settle(received.readInt32BE(4) === 1 && received.readInt16BE(8) === 0);
    });
  });
