import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { postgresTools } from '@medallion/devstack';
import pg from 'pg';
import { until } from './until.ts';

/** How a database was copied: with the tools of its own version, or within the server where this machine has none. */
export type CopyWay = 'pg_dump' | 'template';

async function admin<R extends object>(databaseUrl: string, sql: string): Promise<R[]> {
  const client = new pg.Client({
    connectionString: Object.assign(new URL(databaseUrl), { pathname: '/postgres' }).href,
  });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const nameOf = (databaseUrl: string): string => new URL(databaseUrl).pathname.slice(1);

/** The folder with tools that fit the server, or null where none can be had: pg_dump refuses servers that are newer than it is. */
async function fittingTools(databaseUrl: string): Promise<string | null> {
  const [row] = await admin<{ major: number }>(
    databaseUrl,
    `SELECT current_setting('server_version_num')::int / 10000 AS major`,
  );
  const folder = await postgresTools().catch(() => null);
  if (folder === null) return null;
  const said = spawnSync(join(folder, 'pg_dump'), ['--version'], { encoding: 'utf8', timeout: 60_000 });
  return Number(/ (\d+)/.exec(said.stdout ?? '')?.[1] ?? 0) >= row!.major ? folder : null;
}

/** A backup of a database that is at work, kept as a database `<name>_backup` beside it. */
export async function backUp(databaseUrl: string): Promise<CopyWay> {
  const name = nameOf(databaseUrl);
  const tools = await fittingTools(databaseUrl);
  if (tools !== null) {
    await admin(databaseUrl, `CREATE DATABASE "${name}_backup"`);
    const target = Object.assign(new URL(databaseUrl), { pathname: `/${name}_backup` }).href;
    const dump = spawnSync(join(tools, 'pg_dump'), ['--format=custom', databaseUrl], {
      timeout: 300_000,
      maxBuffer: 1 << 28,
    });
    if (dump.status !== 0) throw new Error(`pg_dump: ${dump.stderr}`);
    const restore = spawnSync(join(tools, 'pg_restore'), ['--dbname', target, '--exit-on-error'], {
      input: dump.stdout,
      timeout: 300_000,
    });
    if (restore.status !== 0) throw new Error(`pg_restore: ${restore.stderr}`);
    return 'pg_dump';
  }
  // A template must have no connections: whoever works on it is thrown out, and comes back.
  await admin(databaseUrl, `ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`);
  await until(
    'the database is copied',
    async () => {
      await admin(databaseUrl, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
      await admin(databaseUrl, `CREATE DATABASE "${name}_backup" TEMPLATE "${name}"`);
      return true;
    },
    { timeoutMs: 300_000, everyMs: 50 },
  );
  await admin(databaseUrl, `ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`);
  return 'template';
}

/** Loses the database, and puts its backup in its place. */
export async function restore(databaseUrl: string): Promise<void> {
  const name = nameOf(databaseUrl);
  await admin(databaseUrl, `DROP DATABASE "${name}" WITH (FORCE)`);
  await admin(databaseUrl, `ALTER DATABASE "${name}_backup" RENAME TO "${name}"`);
}
