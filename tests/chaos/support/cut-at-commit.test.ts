import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { soon } from '../../support/soon.ts';
import { cutAtCommit, type Moment } from './cut-at-commit.ts';
import { asksForCommit, Messages, saysCommitted } from './postgres-messages.ts';

/** A message as it is on the wire: length and body, behind a type unless it is the first of a client. */
function message(type: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + Buffer.byteLength(body, 'latin1'));
  return Buffer.concat([Buffer.from(type, 'latin1'), length, Buffer.from(body, 'latin1')]);
}

const startup = message('', '\0\x03\0\0user\0medallion\0\0');
const query = (sql: string): Buffer => message('Q', `${sql}\0`);
const parse = (name: string, sql: string): Buffer => message('P', `${name}\0${sql}\0\0\0`);
const done = (tag: string): Buffer => message('C', `${tag}\0`);
const ready = message('Z', 'I');

test('messages come out whole and in order, however they were cut into pieces', () => {
  const all = [startup, query('BEGIN'), parse('a', 'SELECT 1'), message('S', ''), query('COMMIT')];
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 30 }), (sizes) => {
      const messages = new Messages({ untyped: true });
      let rest = Buffer.concat(all);
      const found = [];
      for (let i = 0; rest.length > 0; i++) {
        const size = sizes[i % sizes.length]!;
        found.push(...messages.push(rest.subarray(0, size)));
        rest = rest.subarray(size);
      }
      assert.deepEqual(
        found.map(({ bytes }) => bytes.toString('hex')),
        all.map((bytes) => bytes.toString('hex')),
      );
      assert.deepEqual(
        found.map(({ type }) => type),
        ['', 'Q', 'P', 'S', 'Q'],
      );
    }),
  );
});

test('a COMMIT is known as a query and as a statement, and nothing else is taken for one', () => {
  const ask = (bytes: Buffer): boolean => asksForCommit(new Messages({ untyped: false }).push(bytes)[0]!);
  for (const bytes of [query('COMMIT'), query('commit;'), parse('', 'COMMIT'), parse('name', ' Commit ')])
    assert.equal(ask(bytes), true, String(bytes));
  for (const bytes of [query('BEGIN'), query('SELECT $$COMMIT$$'), parse('COMMIT', 'SELECT 1'), done('COMMIT')])
    assert.equal(ask(bytes), false, String(bytes));
  const say = (bytes: Buffer): boolean => saysCommitted(new Messages({ untyped: false }).push(bytes)[0]!);
  assert.equal(say(done('COMMIT')), true);
  for (const bytes of [done('ROLLBACK'), done('INSERT 0 1'), ready]) assert.equal(say(bytes), false);
});

/** A connection through the tap: what arrives where, and whether it was cut. */
function connection(moment: Moment, times: number) {
  const told: string[] = [];
  const tap = cutAtCommit(moment, times, () => told.push('cut'));
  return () => {
    const sides = { server: [] as Buffer[], client: [] as Buffer[], cut: false, told };
    const { toServer, toClient } = tap(() => {
      sides.cut = true;
    });
    toServer!(startup, (bytes) => sides.server.push(bytes));
    return {
      sides,
      send: (...all: Buffer[]) => toServer!(Buffer.concat(all), (bytes) => sides.server.push(bytes)),
      reply: (...all: Buffer[]) => toClient!(Buffer.concat(all), (bytes) => sides.client.push(bytes)),
      server: () => Buffer.concat(sides.server).toString('latin1'),
      client: () => Buffer.concat(sides.client).toString('latin1'),
    };
  };
}

test('cut before it arrives: the server has all statements and no COMMIT', async () => {
  const { sides, send, server } = connection('before it arrives', 1)();
  send(query('BEGIN'), query('UPDATE x'), query('COMMIT'));
  await soon('it is cut', () => sides.cut);
  assert.match(server(), /UPDATE x/);
  assert.doesNotMatch(server(), /COMMIT/);
});

test('cut after it was done: the server has the COMMIT, and the client no word of it', async () => {
  const { sides, send, reply, server, client } = connection('after it was done', 1)();
  send(query('BEGIN'), query('UPDATE x'), query('COMMIT'));
  assert.match(server(), /COMMIT/);
  reply(done('BEGIN'), done('UPDATE 1'), done('COMMIT'), ready);
  await soon('it is cut', () => sides.cut);
  assert.match(client(), /UPDATE 1/);
  assert.doesNotMatch(client(), /COMMIT/);
});

test('a transaction that was rolled back is not taken for one that was committed', async () => {
  const { sides, send, reply, client } = connection('after it was done', 1)();
  send(query('BEGIN'), query('COMMIT'));
  reply(done('BEGIN'), done('ROLLBACK'), ready);
  await delay(20);
  assert.match(client(), /ROLLBACK/);
  assert.equal(sides.cut, false);
});

test('after so many cuts connections are left alone', async () => {
  const open = connection('before it arrives', 2);
  const first = [open(), open()];
  for (const { send } of first) send(query('COMMIT'));
  await soon('both are cut', () => first.every(({ sides }) => sides.cut));
  const third = open();
  third.send(query('COMMIT'));
  await delay(60);
  assert.match(third.server(), /COMMIT/);
  assert.equal(third.sides.cut, false);
  assert.deepEqual(third.sides.told, ['cut', 'cut']);
});
