import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createServer } from 'node:tls';
import { silentLog } from '@medallion/core';
import { createKafkaLog, createRegistryCodecs, registryAccess, subjectVersions } from '@medallion/kafka';
import { row, string } from '@medallion/schema';
import { medallion } from '../../libs/cli/src/index.ts';
import { type Certificate, newAuthority, newCertificate } from './certificates.ts';

/** Certificates as openssl makes them, against servers of this process. */

const folder = mkdtempSync(join(tmpdir(), 'medallion-tls-'));
const ca = newAuthority(folder, 'authority');
const foreign = newAuthority(folder, 'foreign');
const here = 'IP:127.0.0.1';
const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

const files = ({ certFile, keyFile }: Certificate) => ({ cert: readFileSync(certFile), key: readFileSync(keyFile) });

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

test('no broker is trusted whose certificate is foreign, expired or for another host', async () => {
  const cases: readonly (readonly [Certificate, RegExp])[] = [
    [newCertificate(folder, 'expired', ca, { names: here, days: -1 }), /CERT_HAS_EXPIRED/],
    [newCertificate(folder, 'elsewhere', ca, { names: 'DNS:kafka.example' }), /ERR_TLS_CERT_ALTNAME_INVALID/],
    [newCertificate(folder, 'stranger', foreign, { names: here }), /UNABLE_TO|SELF_SIGNED/],
  ];
  await Promise.all(
    cases.map(async ([certificate, message]) => {
      const port = await listening(createServer(files(certificate), (socket) => socket.on('error', () => {})));
      const access = { tls: { caFile: ca.certFile } };
      const log = createKafkaLog({ brokers: [`127.0.0.1:${port}`], clientId: 'test', log: silentLog, access });
      try {
        await assert.rejects(log.partitions('t'), { code: 'MED_LOG_TLS_FAILED', message });
      } finally {
        await log.close();
      }
    }),
  );
});

/** What the command says of the registry of this environment. */
async function doctor(
  env: Readonly<Record<string, string>>,
): Promise<{ readonly state: string; readonly remedy?: string }> {
  let said = '';
  const out = (text: string): void => {
    said += text;
  };
  await medallion(['doctor', '--json'], env, { out, say: () => {} });
  const findings = JSON.parse(said) as readonly { what: string; state: string; remedy?: string }[];
  const found = findings.find(({ what }) => what.includes('SCHEMA_REGISTRY_URL'));
  assert.ok(found, said);
  return found;
}

test('a registry is asked as its user, by the password that the file holds then, and trusted by its authority', async () => {
  let password = 'first';
  const asked: string[] = [];
  const server = createHttps(files(newCertificate(folder, 'registry', ca, { names: here })), (request, response) => {
    const right = `Basic ${Buffer.from(`reader:${password}`).toString('base64')}`;
    asked.push(`${request.method} ${request.url}`);
    if (request.headers.authorization !== right) response.writeHead(401).end('who are you?');
    else if (request.method !== 'GET') response.writeHead(403).end('read only');
    else if (request.url?.startsWith('/config')) response.writeHead(200).end('{"compatibilityLevel":"BACKWARD"}');
    else response.writeHead(200).end('[]');
  });
  const url = `https://127.0.0.1:${await listening(server)}`;
  const file = join(folder, 'password');
  writeFileSync(file, 'first\n');
  const env = {
    SCHEMA_REGISTRY_URL: url,
    SCHEMA_REGISTRY_USERNAME: 'reader',
    SCHEMA_REGISTRY_PASSWORD_FILE: file,
    SCHEMA_REGISTRY_CA_FILE: ca.certFile,
  };
  const registry = { url, ...registryAccess(env) };
  const ask = () => subjectVersions(registry, 'a-value', 1);
  assert.deepEqual(await ask(), { compatibility: 'BACKWARD', versions: [] });
  assert.equal((await doctor(env)).state, 'fine');
  assert.equal((await doctor({ ...env, SCHEMA_REGISTRY_CA_FILE: foreign.certFile })).state, 'missing');

  password = 'second';
  assert.match((await doctor(env)).remedy ?? '', /SCHEMA_REGISTRY_PASSWORD/);
  await assert.rejects(ask(), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'MED_REGISTRY_AUTH_FAILED');
    assert.doesNotMatch(error.message, /first|second/);
    return true;
  });
  writeFileSync(file, 'second\n');
  assert.deepEqual(await ask(), { compatibility: 'BACKWARD', versions: [] });

  const schema = row('A', { a: string() });
  await assert.rejects(createRegistryCodecs(registry).encoder('t', schema), {
    code: 'MED_REGISTRY_FORBIDDEN',
    message: /subject t-value/,
  });
  assert.ok(asked.includes('POST /subjects/t-value/versions'), 'the named client shows who it is, too');

  const untrusting = { ...registry, caFile: foreign.certFile };
  await assert.rejects(subjectVersions(untrusting, 'a-value', 1), { code: 'MED_REGISTRY_TLS_FAILED' });
  const lost = { ...registry, caFile: join(folder, 'none') };
  await assert.rejects(subjectVersions(lost, 'a-value', 1), { code: 'MED_REGISTRY_TLS_FAILED', message: /ENOENT/ });
});

test('every variable that the clients read is a setting of the services, and of the dashboard', async () => {
  const { allSettings } = await import('@medallion/service');
  const { dashboardSettings } = await import('../../services/dashboard/src/settings.ts');
  const source = readFileSync(new URL('../../libs/kafka/src/access/environment.ts', import.meta.url), 'utf8');
  const names = new Set(source.match(/\b(KAFKA|SCHEMA_REGISTRY)_[A-Z_]+[A-Z]\b/g));
  assert.ok(names.size > 10);
  for (const settings of [allSettings, dashboardSettings])
    for (const name of names) assert.ok(name in settings || name.replace(/_FILE$/, '') in settings, name);
});
