import pg from 'pg';
import type { JdbcTarget } from './registry.ts';

/** Our registry's tables in a database that is not ours: apart, and easy to remove. */
const schema = 'medallion_registry';

/** What JDBC needs to reach the database of a `postgres://` URL, with the registry's own schema. */
export const jdbcTarget = (databaseUrl: string): JdbcTarget => {
  const url = new URL(databaseUrl);
  const sslMode = url.searchParams.get('sslmode');
  const parameters = new URLSearchParams({ currentSchema: schema, ...(sslMode ? { sslmode: sslMode } : {}) });
  return {
    url: `jdbc:postgresql://${url.hostname}:${url.port || 5432}${url.pathname}?${parameters}`,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
};

/** Makes the registry's schema in a database that is not ours, and says how to reach it. */
export const prepareExternalDatabase = async (databaseUrl: string): Promise<JdbcTarget> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  } finally {
    await client.end();
  }
  return jdbcTarget(databaseUrl);
};
