import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MedallionError, messageOf } from '@medallion/core';
import pg from 'pg';
import type { JdbcTarget } from './registry.ts';
import { createService, type Service, type ServiceSpec } from './service.ts';
import type { User } from './unprivileged.ts';

/** The one account of a stack that listens on the loopback interface only; its password is no secret. */
export const account = { user: 'medallion', password: 'medallion' } as const;

/** Databases made at the first start: the pipelines' and the registry's. */
const databases = ['medallion', 'registry'] as const;

/** The URL of a database of the stack. */
export const postgresUrl = (port: number, database: (typeof databases)[number] | 'postgres'): string =>
  `postgres://${account.user}:${account.password}@127.0.0.1:${port}/${database}`;

/** The registry's own database, as JDBC wants it. */
export const registryDatabase = (port: number): JdbcTarget => ({
  url: `jdbc:postgresql://127.0.0.1:${port}/registry`,
  ...account,
});

type Settings = {
  readonly home: string;
  readonly logFile: string;
  readonly binaries: string;
  readonly port: number;
  readonly user: User | undefined;
  readonly durable: boolean;
} & Pick<ServiceSpec, 'onChange' | 'report'>;

const serverArgs = (settings: Settings): string[] => {
  const parameters = {
    listen_addresses: '127.0.0.1',
    port: settings.port,
    unix_socket_directories: '',
    max_connections: 100,
    shared_buffers: '128MB',
    max_wal_size: '1GB',
    log_min_messages: 'warning',
    cluster_name: 'medallion',
  };
  const args = Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', join(settings.home, 'data'), ...args];
};

const initialise = async (settings: Settings): Promise<void> => {
  const { home, user } = settings;
  const data = join(home, 'data');
  if (existsSync(join(data, 'PG_VERSION')) && existsSync(join(home, 'initialised'))) return;
  await rm(data, { recursive: true, force: true }); // what an interrupted initdb left
  await mkdir(home, { recursive: true });
  const passwordFile = join(home, 'password');
  await writeFile(passwordFile, account.password, { mode: 0o600 });
  if (user) await Promise.all([home, passwordFile].map((path) => chown(path, user.uid, user.gid)));
  await chmod(home, 0o700);
  // The builtin locale sorts alike on every machine and needs nothing of the system.
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--encoding=UTF8'];
  const access = ['--auth=scram-sha-256', `--username=${account.user}`, `--pwfile=${passwordFile}`];
  const args = ['-D', data, ...locale, ...access, ...(settings.durable ? [] : ['--no-sync']), '--no-instructions'];
  const output = await new Promise<string | undefined>((resolve) => {
    const child = spawn(join(settings.binaries, 'bin', 'initdb'), args, {
      cwd: home,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
      ...user,
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        text += chunk;
      });
    child.once('error', (error) => resolve(messageOf(error)));
    child.once('close', (code) => resolve(code === 0 ? undefined : text.trim() || `initdb: exit code ${code}`));
  });
  await rm(passwordFile, { force: true });
  if (output !== undefined)
    throw new MedallionError('MED_STACK_START_FAILED', {
      what: 'postgres',
      reason: output,
      logFile: settings.logFile,
    });
  await writeFile(join(home, 'initialised'), '');
};

/**
 * A killed server leaves postmaster.pid behind. Postgres ignores it unless a process with that id lives, which after a
 * restart of the machine may be anybody's; the caller knows that no server of this folder runs.
 */
const removeStalePid = (data: string): void => {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const commandLine = `/proc/${pid}/cmdline`;
  if (process.platform !== 'linux') return;
  if (!existsSync(commandLine) || !readFileSync(commandLine, 'utf8').includes(data)) rmSync(file, { force: true });
};

/** Whether the server takes connections. */
export const connects = async (port: number): Promise<boolean> => {
  const client = new pg.Client({ connectionString: postgresUrl(port, 'postgres') });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
};

/** Makes the databases that are missing. */
export const createDatabases = async (port: number): Promise<void> => {
  const client = new pg.Client({ connectionString: postgresUrl(port, 'postgres') });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database');
    for (const name of databases)
      if (!rows.some((row) => row.datname === name)) await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
};

/** Makes the data folder if there is none, and the handle of the server. */
export const createPostgres = async (settings: Settings): Promise<Service> => {
  const data = join(settings.home, 'data');
  if (!existsSync(join(settings.home, 'initialised'))) settings.report('preparing', 'a new data folder');
  await initialise(settings);
  removeStalePid(data);
  return createService({
    name: 'postgres',
    logFile: settings.logFile,
    command: {
      file: join(settings.binaries, 'bin', 'postgres'),
      args: serverArgs(settings),
      cwd: settings.home,
      user: settings.user,
    },
    stopSignal: 'INT', // the fast shutdown; SIGTERM waits for clients
    probe: () => connects(settings.port),
    onReady: () => createDatabases(settings.port),
    onChange: settings.onChange,
    report: settings.report,
  });
};
