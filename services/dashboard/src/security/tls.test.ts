import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createServer } from 'node:tls';
import { OPERATOR_TOKEN, TOKEN_ENV, testApp, testLog } from './test/app.ts';
import { certificate } from './test/certificate.ts';
import { readTls, watchTls } from './tls.ts';

const folder = mkdtempSync(join(tmpdir(), 'dashboard-tls-'));
after(() => rmSync(folder, { recursive: true }));

const serialSeen = async (port: number): Promise<string> => {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
};

test('with a certificate the dashboard speaks HTTPS, its cookie is for this host alone, and browsers stay with HTTPS', async (t) => {
  const { certFile, keyFile } = certificate(folder, 1);
  const { app } = await testApp({ ...TOKEN_ENV, TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile });
  t.after(() => app.close());
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  assert.equal(url.protocol, 'https:');
  const headers = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
    const options = { method: 'POST', ca: readFileSync(certFile), headers: { 'content-type': 'application/json' } };
    const asking = request(new URL('/api/session', url), options, (response) => {
      response.resume();
      resolve(response.headers);
    });
    asking.on('error', reject);
    asking.end(JSON.stringify({ token: OPERATOR_TOKEN }));
  });
  assert.match(
    headers['set-cookie']?.[0] ?? '',
    /^__Host-medallion=[^;]+; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  );
  assert.equal(headers['strict-transport-security'], 'max-age=31536000');
});

test('what is older than TLS 1.2 is refused', async (t) => {
  // both sides are willing to speak anything; without this OpenSSL itself would not let them
  const ciphers = 'DEFAULT@SECLEVEL=0';
  const options = { ...readTls(certificate(folder, 1)), ciphers };
  const server = createServer(options, (socket) => socket.end()).listen(0, '127.0.0.1');
  t.after(() => server.close());
  server.on('tlsClientError', () => {});
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const speak = async (maxVersion: 'TLSv1.1' | 'TLSv1.2'): Promise<void> => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ciphers,
      minVersion: 'TLSv1',
      maxVersion,
    });
    await once(socket, 'secureConnect').finally(() => socket.destroy());
  };
  await speak('TLSv1.2');
  await assert.rejects(speak('TLSv1.1'), /alert|version|protocol/i);
});

test('a renewed certificate is used without a restart, and half of one is not', async (t) => {
  const files = certificate(folder, 0x11);
  const log = testLog();
  const server = createServer(readTls(files), (socket) => socket.end()).listen(0, '127.0.0.1');
  server.on('tlsClientError', () => {});
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  t.after(watchTls(files, server, log, 20));
  t.after(() => server.close());
  const until = async (message: string): Promise<void> => {
    for (const end = Date.now() + 60_000; !log.lines.some((line) => line.message === message); await sleep(10))
      assert.ok(Date.now() < end, message);
  };
  assert.equal(await serialSeen(port), '11');
  writeFileSync(files.certFile, 'nothing that is a certificate');
  await until('the changed certificate is not used');
  assert.equal(await serialSeen(port), '11');
  certificate(folder, 0x12);
  await until('the certificate was read again');
  for (const end = Date.now() + 60_000; (await serialSeen(port)) !== '12'; await sleep(10)) assert.ok(Date.now() < end);
});
