import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LogFields, MedallionError } from '@medallion/core';
import fc from 'fast-check';
import { createLogger, type LogLevel } from './logger.ts';

function logged(fields: LogFields, message: string, level: LogLevel = 'info'): string {
  let lines = '';
  const write = (line: string) => {
    lines += line;
  };
  createLogger({ service: 'gold', version: '1.2.3', level, to: { write } }).info(fields, message);
  return lines;
}

test('a line is JSON with ISO time, level, service and version', () => {
  const { time, ...line } = JSON.parse(logged({ topic: 't', partition: 3, offset: 12n }, 'hello'));
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(line, {
    level: 'info',
    service: 'gold',
    version: '1.2.3',
    topic: 't',
    partition: 3,
    offset: '12',
    msg: 'hello',
  });
});

test('a line below the level is not written', () => {
  assert.equal(logged({}, 'hello', 'warn'), '');
});

test('an error is printed with code, message, remedy, stack and cause', () => {
  const cause = new Error('connect to postgres://me:hunter2@db failed');
  const error = new MedallionError('MED_TOPIC_MISSING', { topic: 'x' }, { cause });
  const { err } = JSON.parse(logged({ err: error }, 'failed'));
  assert.equal(err.code, 'MED_TOPIC_MISSING');
  assert.match(err.message, /topic x does not exist/);
  assert.equal(err.remedy, error.remedy);
  assert.equal(err.retryable, true);
  assert.match(err.stack, /logger\.test\.ts/);
  assert.equal(err.cause.message, 'connect to postgres://***@db failed');
  assert.ok(!JSON.stringify(err).includes('hunter2'));
});

test('a password is masked wherever it stands', () => {
  const uri = 'postgres://me:hunter2@db/gold';
  const places: LogFields[] = [
    { uri },
    { deep: { list: [uri] } },
    { password: 'hunter2' },
    { connection: { user: 'me', Password: 'hunter2' } },
    { sasl: { apiKey: 'hunter2', token: 'hunter2' } },
    { err: new TypeError(`no route to ${uri}`) },
    { err: new Error('x', { cause: { authorization: 'Basic hunter2' } }) },
  ];
  for (const fields of places) {
    const line = logged(fields, `cannot connect to ${uri}`);
    assert.ok(!line.includes('hunter2'), line);
    assert.match(line, /cannot connect to postgres:\/\/\*\*\*@db\/gold/);
  }
});

test('payload bytes are counted, never printed', () => {
  assert.equal(JSON.parse(logged({ value: Buffer.from('secret gift') }, 'x')).value, '[11 bytes]');
});

test('whatever is logged, one valid JSON line of bounded size comes out', () => {
  const cycle: Record<string, unknown> = { big: 'x'.repeat(100_000), many: Array.from({ length: 10_000 }, () => 'y') };
  cycle.self = cycle;
  assert.ok(logged(cycle, 'x').length < 100_000);
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withDate: true })), (fields) => {
      const line = logged(fields, 'x');
      assert.equal(line.indexOf('\n'), line.length - 1);
      JSON.parse(line);
    }),
  );
});
