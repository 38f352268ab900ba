import pg from 'pg';

/** A database that a test has for itself, on the server that all share: the names of pipelines and schemas are free in it. */
export type OwnDatabase = { readonly databaseUrl: string; drop(): Promise<void> };

/** Creates one, beside that of `databaseUrl`. */
export async function ownDatabase(databaseUrl: string, name: string): Promise<OwnDatabase> {
  const unique = `${name}_${process.pid}_${Date.now().toString(36)}`;
  const run = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run(`CREATE DATABASE "${unique}"`);
  const url = new URL(databaseUrl);
  url.pathname = `/${unique}`;
  return { databaseUrl: url.href, drop: () => run(`DROP DATABASE IF EXISTS "${unique}" WITH (FORCE)`) };
}
