import { readdirSync } from 'node:fs';
import pg from 'pg';
import type { MeasuredProcess } from './services.ts';

/** What may leak while services run: read at the start of a long run and at its end. */
export type Resources = {
  /** Of each service: memory in MB, open file descriptors, of these sockets' connections are the most, and threads. */
  readonly services: Readonly<
    Record<string, { readonly rssMb: number; readonly files: number; readonly threads: number }>
  >;
  /** Connections to Postgres by their application. */
  readonly connections: Readonly<Record<string, number>>;
  /** The tables with the most dead rows, with their sizes, indexes included. */
  readonly tables: Readonly<Record<string, { readonly live: number; readonly dead: number; readonly mb: number }>>;
};

const TABLES = `
SELECT schemaname || '.' || relname AS name, n_live_tup::int AS live, n_dead_tup::int AS dead,
       round(pg_total_relation_size(relid) / 1e6, 1)::float8 AS mb
FROM pg_stat_user_tables WHERE schemaname IN ('santa_deliveries', 'medallion')
ORDER BY n_dead_tup DESC, pg_total_relation_size(relid) DESC LIMIT 8`;

const CONNECTIONS = `
SELECT coalesce(nullif(application_name, ''), 'others') AS name, count(*)::int AS n
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY 1 ORDER BY 1`;

/** Reads them; Linux only. */
export async function readResources(services: readonly MeasuredProcess[], databaseUrl: string): Promise<Resources> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const tables = await client.query<{ name: string; live: number; dead: number; mb: number }>(TABLES);
    const connections = await client.query<{ name: string; n: number }>(CONNECTIONS);
    return {
      services: Object.fromEntries(
        services.map(({ name, pid, figures }) => [
          name,
          {
            rssMb: Math.round(figures().rssBytes / 1e6),
            files: readdirSync(`/proc/${pid}/fd`).length,
            threads: readdirSync(`/proc/${pid}/task`).length,
          },
        ]),
      ),
      connections: Object.fromEntries(connections.rows.map(({ name, n }) => [name, n])),
      tables: Object.fromEntries(tables.rows.map(({ name, ...row }) => [name, row])),
    };
  } finally {
    await client.end();
  }
}
