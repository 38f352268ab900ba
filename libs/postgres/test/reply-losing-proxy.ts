import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a database on which the reply to one commit gets lost. */
export type ReplyLosingProxy = {
  readonly databaseUrl: string;
  /** The next transaction is committed; then the connection breaks before its client hears of it. */
  loseNextReply(): void;
  close(): Promise<void>;
};

/** The statement, and the tag with which the server completes it. */
const COMMITTED = Buffer.from('COMMIT\0');

/** Listens on a free port and passes everything on until told otherwise. */
export async function replyLosingProxy(databaseUrl: string): Promise<ReplyLosingProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let losing = false;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 5432), target.hostname);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    let committing = false;
    client.on('data', (data) => {
      committing ||= losing && data.includes(COMMITTED);
      upstream.write(data);
    });
    let unheard = Buffer.alloc(0);
    upstream.on('data', (data) => {
      if (!committing) {
        client.write(data);
        return;
      }
      unheard = Buffer.concat([unheard, data]);
      if (!unheard.includes(COMMITTED)) return;
      losing = false;
      client.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    databaseUrl: url.href,
    loseNextReply: () => {
      losing = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
