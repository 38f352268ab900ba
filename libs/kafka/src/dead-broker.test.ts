import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { silentLog } from '@medallion/core';
import kafkajs from 'kafkajs';
import { clientConfig } from './access/client-config.ts';
import { clusterOf } from './kafkajs-patch.ts';

/** Of kafkajs' cluster (patched, see patches/) what asks any broker. */
type Asked = {
  metadata(): Promise<{ readonly brokers: readonly { readonly nodeId: number }[] }>;
  findGroupCoordinator(of: { groupId: string }): Promise<{ readonly nodeId: number }>;
  getNodeIds(): readonly string[];
};

const [METADATA, FIND_COORDINATOR, API_VERSIONS] = [3, 10, 18];
const [ALIVE, DEAD] = [1, 2];
const servers: Server[] = [];

async function listening(serve: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return (server.address() as { port: number }).port;
}

after(() => {
  for (const server of servers) server.close();
});

const int16 = (value: number): Buffer => Buffer.from(Uint8Array.of(value >> 8, value));
const int32 = (value: number): Buffer => Buffer.from(Uint8Array.of(value >> 24, value >> 16, value >> 8, value));
const node = (id: number, port: number): Buffer => {
  const host = Buffer.from('127.0.0.1');
  return Buffer.concat([int32(id), int16(host.length), host, int32(port)]);
};

/** A broker that knows of itself and of the other, coordinates every group, and speaks the oldest protocol. */
async function aliveBeside(dead: number): Promise<number> {
  let own = 0;
  const answers: Readonly<Record<number, () => readonly Buffer[]>> = {
    [API_VERSIONS]: () => [
      ...[int16(0), int32(3)],
      ...[METADATA, FIND_COORDINATOR, API_VERSIONS].map((api) => Buffer.concat([int16(api), int32(0)])),
      int32(0), // no throttle
    ],
    [METADATA]: () => [int32(2), node(ALIVE, own), node(DEAD, dead), int32(0)],
    [FIND_COORDINATOR]: () => [int16(0), node(ALIVE, own)],
  };
  own = await listening((socket) => {
    socket.on('data', (request) => {
      const answer = Buffer.concat([request.subarray(8, 12), ...answers[request.readInt16BE(4)]!()]);
      socket.write(Buffer.concat([int32(answer.length), answer]));
    });
  });
  return own;
}

/** As of a load balancer in front of a dead broker. */
const closedDoor = (): Promise<number> => listening((socket) => void socket.end());

/** A client of this broker. It tries nothing twice: what helps must be another broker, not another time. */
function clientOf(port: number): kafkajs.Kafka {
  const config = clientConfig({ brokers: [`127.0.0.1:${port}`], clientId: 'dead-broker-test', log: silentLog });
  return new kafkajs.Kafka({ ...config, retry: { retries: 0 } });
}

/** Which of several brokers is asked first is drawn: it would be the good one each time once in a million. */
const TIMES = 10;

for (const [what, dead] of [
  ['that refuses connections', 9],
  ['behind a door that closes at once', await closedDoor()],
] as const)
  test(`a broker ${what} hides neither topics nor coordinators that the others know`, async () => {
    const kafka = clientOf(await aliveBeside(dead));
    for (let tried = 0; tried < TIMES; tried++) {
      const cluster = clusterOf(kafka);
      const asked = cluster as unknown as Asked;
      await cluster.connect();
      await cluster.refreshMetadata();
      assert.deepEqual(asked.getNodeIds(), [`${ALIVE}`, `${DEAD}`]);
      assert.equal((await asked.metadata()).brokers.length, 2);
      assert.equal((await asked.findGroupCoordinator({ groupId: 'g' })).nodeId, ALIVE);
      await cluster.disconnect();
    }
  });

test('a broker is found only when it answers: who else leads is asked where it does not', async () => {
  const cluster = clusterOf(clientOf(await aliveBeside(await closedDoor())));
  await cluster.connect();
  await cluster.refreshMetadata();
  await assert.rejects(cluster.findBroker({ nodeId: DEAD }), { name: 'KafkaJSConnectionError' });
  await cluster.findBroker({ nodeId: ALIVE });
  await cluster.disconnect();
});
