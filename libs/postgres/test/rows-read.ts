import type { PipelinePlan } from '@medallion/pipeline';
import { emptyCommit } from '@medallion/runtime';
import type { ShopChanges } from '@medallion/testkit';
import pg from 'pg';
import { Relations } from '../src/relational/relations.ts';

/** Rows of a pipeline's tables that a transaction read: by scans of whole tables, and by indexes. */
export type RowsRead = { readonly scanned: number; readonly found: number };

/** What the commits of changes read; those that end in a rollback leave the tables as they were. */
export type Reading = (changes: ShopChanges, end?: 'COMMIT' | 'ROLLBACK') => Promise<RowsRead>;

/** Gives a connection that commits changes and counts; the transaction's own counts need no time to arrive. */
export async function withReading(
  databaseUrl: string,
  plan: PipelinePlan,
  body: (reading: Reading) => Promise<void>,
): Promise<void> {
  const relations = new Relations(plan);
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    await body(async (changes, end = 'COMMIT') => {
      await client.query('BEGIN');
      for (const statement of relations.statements({ ...emptyCommit, changes }))
        await client.query(statement as pg.QueryConfig);
      const { rows } = await client.query<{ scanned: string; found: string }>(
        `SELECT sum(seq_tup_read) AS scanned, sum(idx_tup_fetch) AS found FROM pg_stat_xact_user_tables WHERE schemaname = $1`,
        [plan.schemaName],
      );
      await client.query(end);
      return { scanned: Number(rows[0]!.scanned), found: Number(rows[0]!.found) };
    });
  } finally {
    await client.end();
  }
}
