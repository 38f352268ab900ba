import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { type Compose, docker } from './compose.ts';

/** A login of Postgres that a service which runs for long has the password of. */
export const LOGINS = ['gold_writer', 'dash_ro', 'redriver'] as const;

/** What makes or changes something in the database; each has to be refused. */
const MAKES = [
  'CREATE SCHEMA mine',
  'CREATE TABLE santa_deliveries.mine (a integer)',
  'CREATE TABLE medallion.mine (a integer)',
  'CREATE TABLE public.mine (a integer)',
  'CREATE TEMP TABLE mine (a integer)',
  'ALTER TABLE santa_deliveries.bronze_santa_deliveries ADD COLUMN mine text',
  'ALTER TABLE medallion.lease DROP COLUMN epoch',
  'DROP TABLE santa_deliveries.bronze_santa_deliveries',
  'TRUNCATE medallion.lease',
  'CREATE ROLE mine',
  'SET ROLE medallion_owner',
] as const;

/** Where a login reaches the database of the project, from this machine. */
export async function urlOf(compose: Compose, port: string, login: string): Promise<string> {
  const password = await compose.secret('secrets-roles', login);
  return `postgres://${login}:${password}@127.0.0.1:${port}/medallion`;
}

/** Runs statements on a connection of their own. */
async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Whether a password is (still) one. */
export const letsIn = (url: string): Promise<boolean> =>
  connected(url, async () => true).catch((error: { code?: string }) => {
    if (error.code === '28P01') return false;
    throw error;
  });

/** What a login could make or change, of what it must not; none: it can make and change nothing. */
export function couldMake(url: string): Promise<readonly string[]> {
  return connected(url, async (client) => {
    const could: string[] = [];
    for (const sql of MAKES) {
      await client.query('BEGIN');
      await client.query(sql).then(
        () => could.push(sql),
        (error: { message: string }) =>
          assert.match(error.message, /permission denied|must be owner|read-only transaction/, sql),
      );
      await client.query('ROLLBACK');
    }
    return could;
  });
}

/** Who owns tables, views and functions of ours, beside the owner as whom nobody logs in. `url` is the administrator's. */
export function otherOwners(url: string): Promise<readonly string[]> {
  return connected(url, async (client) => {
    const { rows } = await client.query<{ owner: string }>(
      `SELECT DISTINCT owner::regrole::text AS owner FROM (
         SELECT relowner AS owner, relnamespace AS space FROM pg_class UNION ALL SELECT proowner, pronamespace FROM pg_proc
         UNION ALL SELECT nspowner, oid FROM pg_namespace) AS found
       WHERE space::regnamespace::text IN ('medallion', 'santa_deliveries')`,
    );
    assert.ok(rows.length > 0, 'there are tables');
    return rows.map(({ owner }) => owner).filter((owner) => owner !== 'medallion_owner');
  });
}

/** Ends every connection of the services, as a restart of a proxy would. `url` is the administrator's. */
export const hangUp = (url: string): Promise<unknown> =>
  connected(url, (client) =>
    client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY($1)', [LOGINS]),
  );

/** The volumes of secrets that running containers of a service have. */
export async function secretsOf(compose: Compose, service: string): Promise<readonly string[]> {
  const found = await Promise.all(
    (await compose.containers(service)).map(async (id) => {
      const mounts = JSON.parse(await docker('inspect', '-f', '{{json .Mounts}}', id)) as { readonly Name?: string }[];
      return mounts.flatMap(({ Name = '' }) => Name.split(`${compose.project}_secrets-`).slice(1)).toSorted();
    }),
  );
  assert.ok(found.every((each) => isDeepStrictEqual(each, found[0])));
  return found[0] ?? [];
}
