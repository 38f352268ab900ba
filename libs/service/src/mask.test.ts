import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maskCredentials } from './mask.ts';

test('the user and password of a URL are masked, the rest stays', () => {
  for (const [text, masked] of [
    ['postgres://me:pw@db:5432/gold?ssl=1', 'postgres://***@db:5432/gold?ssl=1'],
    ['cannot reach postgres://me:p/w:x@y@db/gold, again', 'cannot reach postgres://***@db/gold, again'],
    ['http://token@host', 'http://***@host'],
    ['http://host/path mail me@example.org', 'http://host/path mail me@example.org'],
    ['no url', 'no url'],
    ['host=db password=s3cret user=me', 'host=db password=*** user=me'],
    ["host=db password='two words' user=me", 'host=db password=*** user=me'],
    ['{"password":"x","user":"me"}', '{"password":***,"user":"me"}'],
    ['postgres://db/gold?password=x&a=b', 'postgres://db/gold?password=***&a=b'],
    ['password authentication failed for user "me"', 'password authentication failed for user "me"'],
  ])
    assert.equal(maskCredentials(text ?? ''), masked);
});

test('no password of a URL survives in any text around it', () => {
  fc.assert(
    fc.property(fc.string(), fc.stringMatching(/^[!-~]{8,20}$/), fc.string(), (before, password, after) => {
      const text = `${before} amqp://user:${password}@host ${after}`;
      assert.ok(!maskCredentials(text).includes(`user:${password}`));
    }),
  );
});

test('a text of a megabyte is masked in a moment', () => {
  const hostile = '://'.repeat(350_000);
  // Time of the processor, of which others may have the most: a few milliseconds, and hours if it looked again from each part.
  const before = process.threadCpuUsage();
  maskCredentials(`${hostile}@${'password='.repeat(10_000)}`);
  const { user, system } = process.threadCpuUsage(before);
  assert.ok(user + system < 1_000_000, `${user + system} µs`);
});
