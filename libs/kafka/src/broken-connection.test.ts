import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';

/** What kafkajs asks a broker through (patched, see patches/), as far as this is about it. */
type Request = { readonly request: object; readonly response: object; readonly requestTimeout?: number };
type Connection = {
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  send(request: Request): Promise<unknown>;
};
type Queue = {
  heardAt: number;
  push(request: object): void;
  scheduleRequestTimeoutCheck(): void;
  destroy(): void;
};
type Broker = { connect(): Promise<void>; disconnect(): Promise<void> };

const load = createRequire(import.meta.url);
const KafkaConnection = load('kafkajs/src/network/connection') as new (options: object) => Connection;
const ConnectionPool = load('kafkajs/src/network/connectionPool') as new (options: object) => object;
const KafkaBroker = load('kafkajs/src/broker') as new (options: object) => Broker;
const RequestQueue = load('kafkajs/src/network/requestQueue') as new (options: object) => Queue;
const Encoder = load('kafkajs/src/protocol/encoder') as new () => object;
const socketFactory = (load('kafkajs/src/network/socketFactory') as () => object)();
const fetchRequest = load('kafkajs/src/protocol/requests/fetch') as {
  protocol(version: { version: number }): (how: object) => { readonly requestTimeout: number };
};

const logger = { debug() {}, info() {}, warn() {}, error() {}, namespace: () => logger };
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_WAIT_MS = 500;

async function serving(serve: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const connectionTimeout = 100;
  const options = { host: '127.0.0.1', port, logger, socketFactory, connectionTimeout };
  return { options: { ...options, requestTimeout: REQUEST_TIMEOUT_MS }, close: () => server.close() };
}

const question: Request = {
  request: { apiKey: 18, apiName: 'ApiVersions', apiVersion: 0, encode: async () => new Encoder() },
  response: { decode: async (payload: Buffer) => ({ text: payload.toString() }), parse: async (data: object) => data },
};

function answer(request: Buffer, text: string): Buffer {
  const bytes = Buffer.alloc(8 + text.length);
  bytes.writeInt32BE(4 + text.length);
  request.copy(bytes, 4, 8, 12); // whose answer it is
  bytes.write(text, 8);
  return bytes;
}

test('what a broken connection had begun to say is no part of what the next one says', async () => {
  let connections = 0;
  const { options, close } = await serving((socket) => {
    const isFirst = ++connections === 1;
    socket.on('data', (request) => {
      if (!isFirst) return void socket.write(answer(request, 'whole'));
      socket.write(answer(request, 'never heard to its end').subarray(0, 20), () => socket.resetAndDestroy());
    });
  });
  const connection = new KafkaConnection(options);
  await connection.connect();
  await assert.rejects(connection.send(question));
  await connection.connect();
  assert.deepEqual(await connection.send(question), { text: 'whole' });
  await connection.disconnect();
  close();
});

test('a broker that lets in and says nothing cannot be reached, and is not waited for', async () => {
  const closed = Promise.withResolvers<void>();
  const { options, close } = await serving((socket) => {
    socket.resume();
    socket.once('close', () => closed.resolve());
  });
  const broker = new KafkaBroker({ connectionPool: new ConnectionPool(options), logger });
  await assert.rejects(broker.connect(), { name: 'KafkaJSConnectionError' });
  await closed.promise;
  close();
});

/** A fetch that is under way, in a queue whose clock is the test's. */
function fetching() {
  const queue = new RequestQueue({ logger, requestTimeout: REQUEST_TIMEOUT_MS, enforceRequestTimeout: true });
  const { requestTimeout } = fetchRequest.protocol({ version: 4 })({ maxWaitTime: MAX_WAIT_MS, topics: [] });
  let failure: { readonly name: string } | null = null;
  const entry = {
    correlationId: 1,
    resolve() {},
    reject: (error: Error) => {
      failure = error;
    },
  };
  queue.scheduleRequestTimeoutCheck();
  queue.push({ entry, expectResponse: true, requestTimeout, sendRequest() {} });
  return { queue, failure: () => failure?.name };
}

test('a fetch is given up when its broker says nothing for ten seconds longer than it was to wait', (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const { queue, failure } = fetching();
  t.mock.timers.tick(10_000 + MAX_WAIT_MS);
  assert.equal(failure(), undefined);
  t.mock.timers.tick(200);
  assert.equal(failure(), 'KafkaJSRequestTimeoutError');
  queue.destroy();
});

test('a fetch whose answer comes slowly is not given up while it comes', (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const { queue, failure } = fetching();
  for (let second = 0; second < 60; second++) {
    t.mock.timers.tick(1_000);
    queue.heardAt = Date.now();
  }
  assert.equal(failure(), undefined);
  queue.destroy();
});
