import { connect } from 'node:net';

const FIND_COORDINATOR = 10;
const VERSION = 1;
const OF_A_GROUP = 0;

/** FindCoordinator, as it is on the wire: what comes before the body of each request, the group, and its kind. */
function request(group: string): Buffer {
  const name = Buffer.from(group, 'utf8');
  const bytes = Buffer.alloc(4 + 2 + 2 + 4 + 2 + 2 + name.length + 1);
  let at = bytes.writeInt32BE(bytes.length - 4);
  at = bytes.writeInt16BE(FIND_COORDINATOR, at);
  at = bytes.writeInt16BE(VERSION, at);
  at = bytes.writeInt32BE(1, at); // correlation id
  at = bytes.writeInt16BE(-1, at); // no client id
  at = bytes.writeInt16BE(name.length, at);
  at += name.copy(bytes, at);
  bytes.writeInt8(OF_A_GROUP, at);
  return bytes;
}

/** The node in an answer: size, correlation id, throttle, error, message, node. Null when none is known just now. */
function nodeIn(answer: Buffer): number | null {
  const error = answer.readInt16BE(12);
  const message = answer.readInt16BE(14);
  return error === 0 ? answer.readInt32BE(16 + Math.max(0, message)) : null;
}

function ask(address: string, group: string): Promise<number | null> {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    const settle = (node: number | null): void => {
      socket.destroy();
      resolve(node);
    };
    socket.setTimeout(2_000, () => settle(null));
    socket.once('error', () => settle(null));
    socket.once('connect', () => socket.write(request(group)));
    let answer = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      answer = Buffer.concat([answer, bytes]);
      if (answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0)) settle(nodeIn(answer));
    });
  });
}

/** The id of the broker that coordinates a group, as the first of these brokers (`host:port`) that knows says. */
export async function coordinatorOf(addresses: readonly string[], group: string): Promise<number | null> {
  for (const address of addresses) {
    const node = await ask(address, group);
    if (node !== null) return node;
  }
  return null;
}
