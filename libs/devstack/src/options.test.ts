import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jdbcTarget } from './external-database.ts';
import { externalFrom } from './options.ts';
import { progressLine } from './progress.ts';
import { userIn } from './unprivileged.ts';

test('only the parts that the environment names are external', () => {
  assert.deepEqual(externalFrom({}), {});
  assert.deepEqual(externalFrom({ KAFKA_BROKERS: 'a:1, b:2', DATABASE_URL: '' }), { kafkaBrokers: ['a:1', 'b:2'] });
});

test('the registry keeps to a schema of its own in a database that is not ours', () => {
  const target = jdbcTarget('postgres://me:p%40ss@db.example/shop?sslmode=require');
  assert.equal(target.url, 'jdbc:postgresql://db.example:5432/shop?currentSchema=medallion_registry&sslmode=require');
  assert.deepEqual([target.user, target.password], ['me', 'p@ss']);
});

test('a user is found by name in a passwd file', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533:nobody:/:/usr/sbin/nologin\n';
  assert.deepEqual(userIn(passwd, 'nobody'), { uid: 65_534, gid: 65_533 });
  assert.equal(userIn(passwd, 'postgres'), undefined);
});

test('a progress line is plain text with the seconds first', () => {
  assert.equal(progressLine({ name: 'kafka', stage: 'ready', ms: 2_140 }), '   2.1 s  kafka     ready');
});
