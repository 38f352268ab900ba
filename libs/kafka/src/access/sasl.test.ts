import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { AuthenticationProviderArgs } from 'kafkajs';
import { saslOf } from './sasl.ts';

const folder = mkdtempSync(join(tmpdir(), 'medallion-sasl-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'password');
const login = {
  mechanism: 'plain',
  username: 'me',
  password: { file, variable: 'KAFKA_SASL_PASSWORD_FILE' },
} as const;

/** A broker's end of an exchange: what it is sent, and what it answers. */
async function exchange(answer: () => Promise<void>): Promise<readonly string[]> {
  const sent: string[] = [];
  const args = {
    host: 'kafka',
    port: 9_093,
    logger: { namespace: () => args.logger, debug() {}, info() {}, warn() {}, error() {}, setLogLevel() {} },
    async saslAuthenticate({ request }: { request: { encode(): Promise<Buffer> } }) {
      sent.push((await request.encode()).toString('utf8'));
      await answer();
    },
  };
  await saslOf(login)
    .authenticationProvider(args as unknown as AuthenticationProviderArgs)
    .authenticate();
  return sent;
}

test('the password of each connection is what its file holds then', async () => {
  writeFileSync(file, 'old\n');
  assert.match((await exchange(async () => {})).join(), /me\0old/);
  writeFileSync(file, 'new\n');
  assert.match((await exchange(async () => {})).join(), /me\0new/);
});

test('a login that is refused is MED_LOG_AUTH_FAILED with the user, without the password', async () => {
  writeFileSync(file, 'very-secret');
  const answer = Object.assign(new Error('invalid credentials'), { type: 'SASL_AUTHENTICATION_FAILED' });
  await assert.rejects(
    exchange(() => Promise.reject(answer)),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'MED_LOG_AUTH_FAILED');
      assert.match(error.message, /me: invalid credentials/);
      assert.doesNotMatch(`${error.message}${error.stack}`, /very-secret/);
      return true;
    },
  );
});

test('a connection that breaks while somebody logs in is no refused login', async () => {
  writeFileSync(file, 'right');
  const broken = Object.assign(new Error('Closed connection'), { name: 'KafkaJSConnectionError', retriable: true });
  await assert.rejects(
    exchange(() => Promise.reject(broken)),
    (error) => error === broken,
  );
});
