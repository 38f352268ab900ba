import { MedallionError, silentLog } from '@medallion/core';
import type { Chosen, Claim, QuarantinePlace, RedriveStore, Unsent, Violation } from '@medallion/runtime';
import type pg from 'pg';
import { arrayOf, numberElement, textElement } from './array-literal.ts';
import { createPool, defaultTimeouts } from './connection.ts';
import { exclusively } from './exclusively.ts';
import { isServerError, translated } from './failures.ts';

/** Which rows of a quarantine a redrive is about: those that meet all that is said here. */
export type RedriveSelection = {
  readonly pipeline: string;
  /** SQL over the columns of `medallion.quarantined`, of somebody who may write SQL; absent: all rows. */
  readonly where?: string;
  readonly table?: string;
  /** A rule that they broke. */
  readonly rule?: string;
  readonly outcome?: string;
  /** Just these rows. */
  readonly places?: readonly QuarantinePlace[];
};

/** Whom a redrive logs in as, and the role that it then takes: all rights of the login where there is none. */
export type RedriveConnection = { readonly databaseUrl: string; readonly role?: string };

/** The first half of the advisory locks' numbers; the other is a hash of the pipeline. */
const LOCK_SPACE = 1_380_205_637;
const UNDEFINED_TABLE = '42P01';

/**
 * What was decided about a quarantine, in `medallion.redrives`. The condition runs in a read-only transaction.
 *
 * @example
 * const store = createRedriveStore({ databaseUrl, pipeline: 'shop', where: "outcome = 'violation'" })
 */
export function createRedriveStore(
  options: RedriveSelection & RedriveConnection,
): RedriveStore & { close(): Promise<void> } {
  return new PostgresRedrives(options);
}

class PostgresRedrives implements RedriveStore {
  readonly #pool: pg.Pool;
  readonly #selection: RedriveSelection;

  constructor({ databaseUrl, role, ...selection }: RedriveSelection & RedriveConnection) {
    this.#selection = selection;
    this.#pool = createPool({
      ...{ databaseUrl, poolSize: 2, applicationName: 'medallion-redrive', log: silentLog },
      timeouts: defaultTimeouts,
      ...(role === undefined ? {} : { settings: { role } }),
    });
  }

  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const { pipeline } = this.#selection;
    return exclusively(
      this.#pool,
      LOCK_SPACE,
      pipeline,
      () => new MedallionError('MED_REDRIVE_BUSY', { pipeline }),
      work,
    );
  }

  async chosen(limit: number): Promise<readonly Chosen[]> {
    const { pipeline, where, table, rule, outcome, places } = this.#selection;
    const rows = await this.#read<Omit<Chosen, 'violations'> & { violations: readonly Violation[] }>(
      `SELECT table_name AS "table", topic, partition, "offset", flow, "index", outcome, violations,
              value IS NOT NULL AS "hasValue", redriven_at IS NOT NULL AS redriven,
              CASE WHEN flow LIKE '%.redrive' THEN (headers ->> 'medallion.element')::integer END AS element
       FROM (SELECT * FROM medallion.quarantined
             WHERE pipeline = $1 AND ($2::text IS NULL OR table_name = $2) AND ($4::text IS NULL OR outcome = $4)
               AND ($5::text IS NULL OR violations @> jsonb_build_array(jsonb_build_object('expectation', $5::text)))
               ${places === undefined ? '' : AMONG_PLACES}) AS q
       WHERE (${where ?? 'true'}) ORDER BY table_name, topic, partition, "offset", flow, "index" LIMIT $3`,
      [
        pipeline,
        table ?? null,
        limit,
        outcome ?? null,
        rule ?? null,
        ...(places === undefined ? [] : placesOf(places)),
      ],
    );
    return rows;
  }

  async claim(claims: readonly Claim[], by: string): Promise<number> {
    const { rowCount } = await this.#query(
      `INSERT INTO medallion.redrives (pipeline, table_name, topic, partition, "offset", flow, "index", element, requested_by)
       SELECT $1, c.table_name, c.topic, c.partition, c."offset", c.flow, c."index", c.element, $2
       FROM unnest($3::text[], $4::text[], $5::integer[], $6::bigint[], $7::text[], $8::integer[], $9::integer[])
         WITH ORDINALITY AS c(table_name, topic, partition, "offset", flow, "index", element, at)
       ORDER BY c.at ON CONFLICT DO NOTHING`,
      [...[this.#selection.pipeline, by], ...columnsOf(claims)],
    );
    return rowCount ?? 0;
  }

  async unnumbered(claims: readonly Claim[]): Promise<readonly (Unsent | null)[]> {
    type Row = Omit<Unsent, 'at' | 'value'> & {
      value: Buffer | null;
      topic: string;
      partition: number;
      offset: number;
    };
    const rows = await this.#read<Row>(
      `SELECT 0 AS id, c.topic, c.partition, c."offset", c.flow, c.element, q.key, q.value, q.headers
       FROM unnest($2::text[], $3::text[], $4::integer[], $5::bigint[], $6::text[], $7::integer[], $8::integer[])
         WITH ORDINALITY AS c(table_name, topic, partition, "offset", flow, "index", element, at)
       LEFT JOIN medallion.quarantine q ON q.pipeline = $1 AND (q.table_name, q.topic, q.partition, q."offset", q.flow, q."index")
         = (c.table_name, c.topic, c.partition, c."offset", c.flow, c."index")
       ORDER BY c.at`,
      [this.#selection.pipeline, ...columnsOf(claims)],
    );
    return rows.map(({ topic, partition, offset, ...row }) =>
      row.value === null ? null : { ...row, value: row.value, at: { topic, partition, offset } },
    );
  }

  async unsent(id: number, limit: number): Promise<readonly Unsent[]> {
    type Row = Omit<Unsent, 'at'> & { topic: string; partition: number; offset: number };
    const { rows } = await this.#query<Row>(
      `SELECT r.id, r.topic, r.partition, r."offset", r.flow, r.element, q.key, q.value, q.headers
       FROM medallion.redrives r
       JOIN medallion.quarantine q USING (pipeline, table_name, topic, partition, "offset", flow, "index")
       WHERE r.pipeline = $1 AND r.sent_at IS NULL AND r.id > $2 AND q.value IS NOT NULL ORDER BY r.id LIMIT $3`,
      [this.#selection.pipeline, id, limit],
    );
    return rows.map(({ topic, partition, offset, ...row }) => ({ ...row, at: { topic, partition, offset } }));
  }

  async sent(ids: readonly number[]): Promise<void> {
    await this.#query('UPDATE medallion.redrives SET sent_at = now() WHERE pipeline = $1 AND id = ANY ($2::bigint[])', [
      this.#selection.pipeline,
      ids,
    ]);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  /** The condition is an operator's own SQL, which is to read only. */
  async #read<R extends object>(sql: string, values: readonly unknown[]): Promise<readonly R[]> {
    const client = await this.#pool.connect().catch((error) => {
      throw translated(error);
    });
    try {
      await client.query('BEGIN READ ONLY');
      const { rows } = await client.query<R & pg.QueryResultRow>(sql, [...values]);
      await client.query('COMMIT');
      client.release();
      return rows;
    } catch (error) {
      client.release(true);
      throw explained(error);
    }
  }

  async #query<R extends object>(
    sql: string,
    values: readonly unknown[],
  ): Promise<pg.QueryResult<R & pg.QueryResultRow>> {
    try {
      return await this.#pool.query<R & pg.QueryResultRow>(sql, [...values]);
    } catch (error) {
      throw explained(error);
    }
  }
}

const AMONG_PLACES = `AND (table_name, topic, partition, "offset", flow, "index") IN
  (SELECT * FROM unnest($6::text[], $7::text[], $8::integer[], $9::bigint[], $10::text[], $11::integer[]))`;

/** Table, topic, partition, offset, flow and index, each as an array. */
const placesOf = (places: readonly QuarantinePlace[]): readonly string[] => [
  arrayOf(places, ({ table }) => table, textElement),
  arrayOf(places, ({ topic }) => topic, textElement),
  arrayOf(places, ({ partition }) => partition, numberElement),
  arrayOf(places, ({ offset }) => offset, numberElement),
  arrayOf(places, ({ flow }) => flow, textElement),
  arrayOf(places, ({ index }) => index, numberElement),
];

/** The places, and the element, each as an array. */
const columnsOf = (claims: readonly Claim[]): readonly string[] => [
  ...placesOf(claims.map(({ place }) => place)),
  arrayOf(claims, ({ element }) => element, numberElement),
];

function explained(error: unknown): unknown {
  if (!isServerError(error)) return translated(error);
  if (error.code !== UNDEFINED_TABLE) return error;
  const problems = `${error.message}: start the gold service of this version once, so that its tables are there`;
  return new MedallionError('MED_CONFIG_INVALID', { problems }, { cause: error });
}
