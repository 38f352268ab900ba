import { readFileSync } from 'node:fs';
import { after } from 'node:test';
import { startStack } from '@medallion/devstack';
import pg from 'pg';

/** The logins of deploy/postgres/roles.sql. */
export type Login = 'migrator' | 'gold_writer' | 'dash_ro' | 'redriver';

/** A Postgres of a test's own, with the roles of production: roles are the whole server's. */
export type LockedPostgres = {
  /** The administrator's address of the database. */
  readonly adminUrl: string;
  /** The address of the database for a login. */
  urlOf(login: Login): string;
  /** Runs SQL as the administrator. */
  admin<R extends object>(sql: string): Promise<R[]>;
  /** Runs SQL as a login, each on a connection of its own. */
  as<R extends object>(login: Login, sql: string): Promise<R[]>;
  /** Runs roles.sql, again too. */
  runRoles(pipelines: readonly string[]): Promise<void>;
};

const ROLES = new URL('../../deploy/postgres/roles.sql', import.meta.url);

/** The file as a server reads it: psql's commands are for psql, and its variables are given. */
const rolesSql = (pipelines: readonly string[]): string =>
  readFileSync(ROLES, 'utf8')
    .replace(/^\\.*$/gm, '')
    .replace(/:'pipelines'/g, `'${pipelines.join(',')}'`);

async function query<R extends object>(databaseUrl: string, sql: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => {});
  await client.connect();
  try {
    const result: unknown = await client.query(sql);
    // Several statements give several results.
    return (Array.isArray(result) ? [] : (result as pg.QueryResult).rows) as R[];
  } finally {
    await client.end();
  }
}

/** Starts it; stopped after the tests of the file. */
export async function lockedPostgres(pipelines: readonly string[]): Promise<LockedPostgres> {
  const stack = await startStack({
    mode: 'ephemeral',
    external: { kafkaBrokers: ['127.0.0.1:1'], schemaRegistryUrl: 'http://127.0.0.1:1' },
  });
  after(() => stack.stop());
  const admin = <R extends object>(sql: string) => query<R>(stack.databaseUrl, sql);
  const urlOf = (login: Login): string =>
    Object.assign(new URL(stack.databaseUrl), { username: login, password: `secret of ${login}` }).href;
  const runRoles = async (schemas: readonly string[]): Promise<void> => {
    await admin(rolesSql(schemas));
  };
  await runRoles(pipelines);
  for (const login of ['migrator', 'gold_writer', 'dash_ro', 'redriver'])
    await admin(`ALTER ROLE ${login} PASSWORD 'secret of ${login}'`);
  return { adminUrl: stack.databaseUrl, urlOf, admin, as: (login, sql) => query(urlOf(login), sql), runRoles };
}
