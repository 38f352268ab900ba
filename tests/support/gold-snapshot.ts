import pg from 'pg';
import { type GoldRow, VIEWS, type ViewName } from '../oracle/views.ts';

export const PIPELINE = 'santa-deliveries';
const SCHEMA = 'santa_deliveries';

/** A lease as it is stored. */
export type StoredLease = {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly next_offset: number;
  /** Epoch milliseconds; −Infinity before the first row. */
  readonly watermark: number;
  readonly idle: boolean;
};

/** The gold layer as of one moment. */
export type Snapshot = {
  readonly leases: readonly StoredLease[];
  readonly finalThrough: number;
  readonly gold: ReadonlyMap<ViewName, readonly GoldRow[]>;
  /** Late rows by view. */
  readonly late: ReadonlyMap<string, number>;
  /** Records by `table partition outcome`. */
  readonly counts: ReadonlyMap<string, number>;
};

const { builtins } = pg.types;
const NUMBERS: readonly number[] = [builtins.INT8, builtins.INT4, builtins.INT2, builtins.FLOAT8];

/** Instants as epoch milliseconds, bigint as numbers: all that the tests compare is exact in a double. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (id: number, format?: 'text' | 'binary') => {
    if (NUMBERS.includes(id)) return Number;
    if (id === builtins.TIMESTAMPTZ) return (text: string) => instantOf(text);
    return pg.types.getTypeParser(id, format as 'text');
  },
};

function instantOf(text: string): number {
  if (text === '-infinity') return Number.NEGATIVE_INFINITY;
  // `2025-12-24 20:00:00.123+00`, as the session's time zone is UTC.
  return Date.parse(`${text.replace(' ', 'T').replace(/\+00$/, '')}Z`);
}

/** Reads what users and operators can query. A connection of its own for each use: the database is restarted under it. */
export class GoldDatabase {
  readonly #url: string;

  constructor(databaseUrl: string) {
    this.#url = databaseUrl;
  }

  async query<R extends object>(sql: string, values: readonly unknown[] = []): Promise<R[]> {
    return this.#connected(async (client) => (await client.query<R & pg.QueryResultRow>(sql, [...values])).rows);
  }

  /** Leases, gold tables and counts in one repeatable-read transaction. */
  async snapshot(): Promise<Snapshot> {
    return this.#connected(async (client) => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const rows = async <R extends pg.QueryResultRow>(sql: string): Promise<R[]> => (await client.query<R>(sql)).rows;
      const leases = await rows<StoredLease>(
        `SELECT topic, partition, epoch, next_offset, watermark, idle FROM medallion.lease WHERE pipeline = '${PIPELINE}'`,
      );
      const final = await rows<{ final_through: number }>(
        `SELECT final_through FROM medallion.watermarks WHERE pipeline = '${PIPELINE}'`,
      );
      const late = await rows<{ view_name: string; n: number }>(
        `SELECT view_name, count(*) AS n FROM medallion.late_records WHERE pipeline = '${PIPELINE}' GROUP BY 1`,
      );
      const counts = await rows<{ table_name: string; partition: number; outcome: string; records: number }>(
        `SELECT table_name, partition, outcome, records FROM medallion.table_counts WHERE pipeline = '${PIPELINE}'`,
      );
      const gold = new Map<ViewName, GoldRow[]>();
      for (const { name } of VIEWS) gold.set(name, await rows<GoldRow>(`SELECT * FROM ${SCHEMA}.${name}`));
      await client.query('COMMIT');
      return {
        leases,
        finalThrough: final[0]?.final_through ?? Number.NEGATIVE_INFINITY,
        gold,
        late: new Map(late.map((row) => [row.view_name, row.n])),
        counts: new Map(counts.map((row) => [`${row.table_name} ${row.partition} ${row.outcome}`, row.records])),
      };
    });
  }

  async #connected<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      connectionString: this.#url,
      types,
      options: '-c timezone=UTC',
      statement_timeout: 120_000,
      connectionTimeoutMillis: 60_000,
    });
    client.on('error', () => {}); // the query that it breaks says so
    try {
      await client.connect();
      return await work(client);
    } finally {
      await client.end().catch(() => {});
    }
  }
}
