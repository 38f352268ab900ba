import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { soon } from '../../support/soon.ts';
import { TcpProxy } from './proxy.ts';

let server: Server;
let proxy: TcpProxy;
let received: Buffer[] = [];
let inside: Socket[] = [];

before(async () => {
  server = createServer((socket) => {
    inside.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received.push(bytes);
      socket.write(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  proxy = await TcpProxy.listen(0, () => port);
});
beforeEach(() => {
  received = [];
  inside = [];
  proxy.unlock();
  proxy.late(0);
  proxy.tap(null);
});
after(async () => {
  await proxy.close();
  server.close();
});

async function client(): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

async function answer(socket: Socket, bytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  while (Buffer.concat(parts).length < bytes) parts.push(((await once(socket, 'data')) as [Buffer])[0]);
  return Buffer.concat(parts);
}

test('what a client sends arrives as it was, and so does the reply', async () => {
  const socket = await client();
  const sent = Buffer.alloc(3_000_000, 'abcdefg');
  socket.write(sent);
  assert.ok((await answer(socket, sent.length)).equals(sent));
  assert.ok(Buffer.concat(received).equals(sent));
  socket.end();
  await closed(socket);
  await soon('the proxy has no connection open', () => proxy.open === 0);
});

test('a cut ends both sides', async () => {
  const socket = await client();
  socket.write('x');
  await answer(socket, 1);
  const ended = Promise.all([closed(socket), closed(inside[0]!)]);
  const before = proxy.cuts;
  assert.equal(proxy.cut(), 1);
  assert.equal(proxy.cuts, before + 1);
  await ended;
});

test('a locked door lets nobody in, and an unlocked one does again', async () => {
  proxy.lock();
  const socket = connect(proxy.port, '127.0.0.1');
  socket.on('error', () => {});
  await closed(socket);
  assert.equal(inside.length, 0);
  proxy.unlock();
  const again = await client();
  again.write('x');
  assert.equal(String(await answer(again, 1)), 'x');
  again.destroy();
});

test('a late reply comes so much later, and none overtakes another', async () => {
  let replies = 0;
  proxy.tap(() => ({
    toClient(bytes, pass) {
      pass(bytes);
      replies += 1;
    },
  }));
  const socket = await client();
  proxy.late(150);
  const began = performance.now();
  socket.write('one');
  await soon('the first reply is held', () => replies === 1);
  proxy.late(0); // what is on its way stays on its way
  socket.write('two');
  assert.equal(String(await answer(socket, 6)), 'onetwo');
  assert.ok(performance.now() - began >= 149);
  socket.destroy();
});

test('a reply of 200 ms later is at least 200 ms later', async () => {
  const socket = await client();
  proxy.late(200);
  const began = performance.now();
  socket.write('x');
  await answer(socket, 1);
  assert.ok(performance.now() - began >= 199);
  socket.destroy();
});

test('more late bytes than are held wait at the server, and all of them arrive', async () => {
  const socket = await client();
  proxy.late(50);
  const sent = Buffer.alloc(5_000_000, 'xyz');
  socket.write(sent);
  assert.ok((await answer(socket, sent.length)).equals(sent));
  socket.destroy();
});

test('a server that hangs up hangs up on the client', async () => {
  const socket = await client();
  socket.write('x');
  await answer(socket, 1);
  const ended = closed(socket);
  inside[0]!.end();
  await ended;
});
