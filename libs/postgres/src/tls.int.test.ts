import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isMedallionError, messageOf, silentLog } from '@medallion/core';
import { startStack } from '@medallion/devstack';
import { contractPipeline, until } from '@medallion/testkit';
import { PATIENT, patientDashboard, patientPool } from '../test/patience.ts';
import { withPassword } from './database-address.ts';
import { createGoldReader } from './gold-reader.ts';
import { createTableStore } from './table-store.ts';

/** Encryption and rotation on a server of its own, with authorities of its own. */

const folder = mkdtempSync(join(tmpdir(), 'tls-'));
const path = (name: string): string => join(folder, name);
const openssl = (...args: readonly string[]): void =>
  void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore', timeout: 120_000 });

function authority(name: string): void {
  openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`],
  );
}

/** A certificate for these names, by an authority. */
function certificate(name: string, by: string, names: string): void {
  openssl(
    ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=a server'],
    ...['-keyout', `${name}.key`, '-out', `${name}.csr`],
  );
  writeFileSync(path(`${name}.ext`), `subjectAltName=${names}\n`);
  openssl(
    ...['x509', '-req', '-in', `${name}.csr`, '-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial'],
    ...['-days', '2', '-extfile', `${name}.ext`, '-out', `${name}.pem`],
  );
}

for (const name of ['ours', 'foreign']) authority(name);
certificate('named', 'ours', 'DNS:localhost');
certificate('numbered', 'ours', 'IP:127.0.0.1');

const stack = await startStack({
  mode: 'ephemeral',
  external: { kafkaBrokers: ['127.0.0.1:1'], schemaRegistryUrl: 'http://127.0.0.1:1' },
});
const admin = createGoldReader({ databaseUrl: stack.databaseUrl, schemaName: 'public' });
after(async () => {
  await admin.close();
  await stack.stop();
});

/** Has the server show another certificate to the connections that come. */
async function show(name: string): Promise<void> {
  const [row] = await admin.query<{ data: string }>(
    `SELECT setting AS data FROM pg_settings WHERE name = 'data_directory'`,
  );
  const { uid, gid } = statSync(row!.data);
  for (const kind of ['pem', 'key']) {
    const file = join(row!.data, `${name}.${kind}`);
    writeFileSync(file, readFileSync(path(`${name}.${kind}`)));
    chmodSync(file, 0o600);
    chownSync(file, uid, gid);
  }
  for (const [setting, value] of [
    ['ssl_cert_file', `${name}.pem`],
    ['ssl_key_file', `${name}.key`],
    ['ssl', 'on'],
  ])
    await admin.query(`ALTER SYSTEM SET ${setting} = '${value}'`);
  await admin.query('SELECT pg_reload_conf()');
  await until(`the server shows ${name} to those who come`, async () => (await certificateOfNext()) === `${name}.pem`);
}

/** The certificate by the settings that a new session begins with. */
async function certificateOfNext(): Promise<string> {
  const pool = patientPool(stack.databaseUrl);
  const { rows } = await pool.query<{ ssl_cert_file: string }>('SHOW ssl_cert_file');
  await pool.end();
  return rows[0]!.ssl_cert_file;
}

const urlOf = (parameters: string, host = 'localhost'): string =>
  `${Object.assign(new URL(stack.databaseUrl), { hostname: host }).href}?${parameters}`;

/** Whether the connection was encrypted, or why there is none. */
async function reached(databaseUrl: string): Promise<string> {
  const pool = patientPool(databaseUrl);
  try {
    const { rows } = await pool.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    return rows[0]!.ssl ? 'encrypted' : 'plain';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  } finally {
    await pool.end();
  }
}

const ours = `sslrootcert=${path('ours.pem')}`;
const foreign = `sslrootcert=${path('foreign.pem')}`;

test('without TLS on the server nothing that asks for it gets through', async () => {
  assert.equal(await reached(urlOf('sslmode=disable')), 'plain');
  assert.match(await reached(urlOf('sslmode=require')), /does not support SSL/);
});

test('verify-full takes the right name and authority alone; verify-ca any name; require anything', async () => {
  await show('named');
  assert.equal(await reached(urlOf(`sslmode=verify-full&${ours}`)), 'encrypted');
  assert.equal(await reached(urlOf(`sslmode=verify-full&${ours}`, '127.0.0.1')), 'ERR_TLS_CERT_ALTNAME_INVALID');
  assert.match(
    await reached(urlOf(`sslmode=verify-full&${foreign}`)),
    /UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET_ISSUER/,
  );
  assert.match(
    await reached(urlOf('sslmode=verify-full&sslrootcert=system')),
    /UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET_ISSUER/,
  );
  assert.equal(await reached(urlOf(`sslmode=verify-ca&${ours}`, '127.0.0.1')), 'encrypted');
  assert.match(
    await reached(urlOf(`sslmode=verify-ca&${foreign}`)),
    /UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET_ISSUER/,
  );
  assert.equal(await reached(urlOf('sslmode=require', '127.0.0.1')), 'encrypted');
  assert.match(await reached(urlOf(`sslmode=require&${foreign}`)), /UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET_ISSUER/);
  assert.equal(await reached(urlOf('sslmode=disable')), 'plain');
});

test('a server is known by its number only where its certificate has it', async () => {
  await show('numbered');
  assert.equal(await reached(urlOf(`sslmode=verify-full&${ours}`, '127.0.0.1')), 'encrypted');
  assert.equal(await reached(urlOf(`sslmode=verify-full&${ours}`)), 'ERR_TLS_CERT_ALTNAME_INVALID');
});

test('an authority that is replaced in its file serves the next connection; one that cannot be read refuses it', async () => {
  const file = path('authority.pem');
  const databaseUrl = urlOf(`sslmode=verify-full&sslrootcert=${file}`, '127.0.0.1');
  const pool = patientPool(databaseUrl);
  const unreadable = (error: unknown): boolean =>
    isMedallionError(error) &&
    error.code === 'MED_STORE_UNAVAILABLE' &&
    /cannot read .*authority\.pem/.test(error.message);
  await assert.rejects(pool.query('SELECT 1'), unreadable);
  // Two that wait for one connection: the second is made where nobody could catch what its making throws.
  assert.deepEqual(
    (await Promise.allSettled([pool.query('SELECT 1'), pool.query('SELECT 1')])).map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  writeFileSync(file, readFileSync(path('foreign.pem')));
  await assert.rejects(pool.query('SELECT 1'));
  writeFileSync(file, readFileSync(path('ours.pem')));
  assert.equal((await pool.query('SELECT 1 AS one')).rows[0].one, 1);
  await pool.end();
});

test('a password that is rotated in its file serves gold store and dashboard without a restart', async () => {
  await admin.query(`CREATE ROLE rotated LOGIN SUPERUSER PASSWORD 'first'`);
  const file = path('password');
  writeFileSync(file, 'first\n');
  const url = Object.assign(new URL(stack.databaseUrl), { username: 'rotated', password: 'never right' }).href;
  const databaseUrl = withPassword(url, { file });
  const plan = contractPipeline('rotated');
  const store = createTableStore({ databaseUrl, log: silentLog, poolSize: 1, timeouts: PATIENT });
  const dashboard = patientDashboard(databaseUrl, { poolSize: 1 });
  const works = async (): Promise<void> => {
    await store.acquire([{ topic: 't', partition: 0 }], 'me');
    await dashboard.query('SELECT count(*) FROM medallion.lease');
  };
  /** Whoever is connected stays so whatever the password is: a rotation ends when connections do. */
  const disconnect = () =>
    admin.query(`SELECT pg_terminate_backend(pid, ${PATIENT.lockMs}) FROM pg_stat_activity WHERE usename = 'rotated'`);
  // Whoever had a connection learns of its end by one failure, at its own time.
  const serves = () =>
    until('store and dashboard are let in', () =>
      works().then(
        () => true,
        () => false,
      ),
    );
  const isRefused = (error: unknown): boolean => messageOf(error).includes('password authentication failed');
  const isLockedOut = () => until('a wrong password is refused', () => works().then(() => false, isRefused));
  try {
    await store.migrate(plan);
    await works();
    await admin.query(`ALTER ROLE rotated PASSWORD 'second'`);
    await works();
    await disconnect();
    await isLockedOut();
    writeFileSync(file, 'second');
    await serves();
    await disconnect();
    await serves();
  } finally {
    await store.close();
    await dashboard.close();
  }
});
