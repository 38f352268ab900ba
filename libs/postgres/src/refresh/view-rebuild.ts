import { type Instant, invariant, MedallionError, silentLog } from '@medallion/core';
import type { MaterializedViewPlan, PipelinePlan } from '@medallion/pipeline';
import type {
  CountDelta,
  Offset,
  RebuiltRound,
  RecordedVerdicts,
  SessionRange,
  StoredSession,
  Swapped,
  ViewRebuild,
} from '@medallion/runtime';
import type pg from 'pg';
import { catalogOf } from '../catalog.ts';
import { createPool, defaultTimeouts } from '../connection.ts';
import { isServerError, translated } from '../failures.ts';
import { goldTables } from '../gold-ddl.ts';
import { layoutOf } from '../gold-layout.ts';
import { GoldTables } from '../gold-tables.ts';
import { readFinal } from '../lease.ts';
import { MIGRATION_LOCK } from '../migration-lock.ts';
import { qualified } from '../sql-text.ts';
import { countStatements, lateStatement } from '../trace-statements.ts';
import { runPipelined, type Statement } from '../transaction.ts';
import { redefineView } from './redefine-view.ts';
import { swapStatements, TEMP } from './swap.ts';

const UNDEFINED_TABLE = '42P01';
const LATE = `${TEMP}.late_rebuilt`;
/** Between two statements of the swap lies reading what is left of the topic. */
const SWAP_STALLED_MS = 60_000;

/**
 * A windowed view that is built in tables of its own session, beside the one that is read: nobody sees them, they write no
 * log of transactions, and are gone with the connection.
 *
 * @throws MED_STORE_UNAVAILABLE, MED_REFRESH_REFUSED when there is no view that could be built anew
 * @example const rebuild = await createViewRebuild({ databaseUrl, plan, view })
 */
export async function createViewRebuild(options: {
  readonly databaseUrl: string;
  readonly plan: PipelinePlan;
  readonly view: MaterializedViewPlan;
}): Promise<ViewRebuild> {
  const { databaseUrl, plan, view } = options;
  const pool = createPool({
    ...{ databaseUrl, poolSize: 1, applicationName: 'medallion-refresh', log: silentLog },
    timeouts: { ...defaultTimeouts, statementMs: 0, stalledMs: SWAP_STALLED_MS },
  });
  try {
    const client = await pool.connect();
    for (const statement of goldTables(TEMP, view)) await client.query(statement);
    await client.query(`CREATE TEMP TABLE late_rebuilt (LIKE medallion.late_records INCLUDING ALL)`);
    return new PostgresRebuild(pool, client, plan, view, await modeOf(client, plan, view));
  } catch (error) {
    await pool.end();
    if (isServerError(error) && error.code === UNDEFINED_TABLE)
      throw new MedallionError('MED_REFRESH_REFUSED', {
        table: view.name,
        reason: 'no gold service ever ran on this database',
        advice: 'start the services, which make it from the start of its topic',
      });
    throw translated(error);
  }
}

async function modeOf(
  client: pg.ClientBase,
  plan: PipelinePlan,
  view: MaterializedViewPlan,
): Promise<ViewRebuild['mode']> {
  const { rows } = await client.query<{ state_hash: string | null; found: boolean }>(
    `SELECT c.state_hash, to_regclass($3) IS NOT NULL AS found
     FROM medallion.catalog c WHERE c.pipeline = $1 AND c.table_name = $2`,
    [plan.name, view.name, qualified(plan.schemaName, layoutOf(view).stateTable)],
  );
  const declared = catalogOf(plan).find(({ table }) => table === view.name)!;
  return rows[0]?.found === true && rows[0].state_hash === declared.stateHash ? 'repaired' : 'built';
}

class PostgresRebuild implements ViewRebuild {
  readonly mode: ViewRebuild['mode'];
  readonly #pool: pg.Pool;
  readonly #client: pg.PoolClient;
  readonly #plan: PipelinePlan;
  readonly #view: MaterializedViewPlan;
  readonly #topic: string;
  readonly #copy: GoldTables;
  #isSwapping = false;

  constructor(
    pool: pg.Pool,
    client: pg.PoolClient,
    plan: PipelinePlan,
    view: MaterializedViewPlan,
    mode: ViewRebuild['mode'],
  ) {
    this.#pool = pool;
    this.#client = client;
    this.#plan = plan;
    this.#view = view;
    this.mode = mode;
    const source = plan.tables.find(({ name }) => name === view.source);
    invariant(source?.kind === 'streaming_table', `${view.name} reads no streaming table`);
    this.#topic = source.topic;
    this.#copy = new GoldTables({ ...plan, schemaName: TEMP, tables: [view] });
  }

  leases(): Promise<ReadonlyMap<number, Offset>> {
    return this.#translating(() => this.#leases(''));
  }

  recorded(partition: number, from: Offset, to: Offset): Promise<RecordedVerdicts> {
    const { name, source } = this.#view;
    const range = [this.#topic, partition, from, to];
    return this.#translating(async () => {
      const refused = await this.#client.query<{ offset: number }>(
        `SELECT "offset" FROM medallion.quarantine WHERE pipeline = $1 AND table_name = $2 AND topic = $3
           AND partition = $4 AND "offset" >= $5 AND "offset" < $6 AND outcome = 'unstorable'`,
        [this.#plan.name, source, ...range],
      );
      const unstorable = new Set(refused.rows.map(({ offset }) => offset));
      const late = this.mode === 'built' ? null : await this.#lateRows([this.#plan.name, name, ...range]);
      const none: ReadonlyMap<Instant, Instant> = new Map();
      return {
        isUnstorable: (_, offset) => unstorable.has(offset),
        lateFor: (_, offset) => (late === null ? undefined : (late.get(offset) ?? none)),
      };
    });
  }

  async #lateRows(values: readonly unknown[]): Promise<ReadonlyMap<Offset, ReadonlyMap<Instant, Instant>>> {
    const { rows } = await this.#client.query<{ offset: number; window_start: Instant; watermark: Instant }>(
      `SELECT "offset", window_start, watermark FROM medallion.late_records WHERE pipeline = $1 AND view_name = $2
         AND topic = $3 AND partition = $4 AND "offset" >= $5 AND "offset" < $6`,
      [...values],
    );
    const found = new Map<Offset, Map<Instant, Instant>>();
    for (const { offset, window_start, watermark } of rows) {
      const windows = found.get(offset) ?? new Map<Instant, Instant>();
      found.set(offset, windows.set(window_start, watermark));
    }
    return found;
  }

  sessions(ranges: readonly SessionRange[]): Promise<readonly StoredSession[]> {
    const { name } = this.#view;
    return this.#translating(
      async () => (await this.#copy.sessions(this.#client, new Map([[name, ranges]]))).get(name) ?? [],
    );
  }

  merge({ deltas, late }: RebuiltRound): Promise<void> {
    const statements: readonly Statement[] = [
      ...this.#copy.statements({ deltas: new Map([[this.#view.name, deltas]]), finalThrough: new Map() }),
      ...(late.length === 0 ? [] : [lateStatement(this.#plan.name, late, LATE)]),
    ];
    return this.#translating(async () => {
      if (statements.length === 0) return;
      if (!this.#isSwapping) return runPipelined(this.#client, statements);
      await this.#run(statements);
    });
  }

  swap(
    partitions: number,
    finish: (leases: ReadonlyMap<number, Offset>) => Promise<readonly CountDelta[]>,
  ): Promise<Swapped> {
    return this.#translating(async () => {
      await this.#client.query('BEGIN');
      this.#isSwapping = true;
      try {
        const swapped = await this.#swap(partitions, finish);
        await this.#client.query('COMMIT');
        return swapped;
      } catch (error) {
        await this.#client.query('ROLLBACK').catch(() => {});
        throw error;
      } finally {
        this.#isSwapping = false;
      }
    });
  }

  async close(): Promise<void> {
    this.#client.release(true);
    await this.#pool.end();
  }

  async #swap(
    partitions: number,
    finish: (leases: ReadonlyMap<number, Offset>) => Promise<readonly CountDelta[]>,
  ): Promise<Swapped> {
    const [client, plan, view] = [this.#client, this.#plan, this.#view];
    // Before the leases, as a start takes it before them.
    if (this.mode === 'built') await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    // A partition that nobody has read yet must not be read now either.
    await client.query(
      `INSERT INTO medallion.lease (pipeline, topic, partition, epoch, next_offset, watermark, idle, coordinates, owner)
       SELECT $1, $2, p, 0, 0, '-infinity', false, '{}', 'refresh' FROM generate_series(0, $3::integer - 1) p
       ON CONFLICT DO NOTHING`,
      [plan.name, this.#topic, partitions],
    );
    const counts = await finish(await this.#leases('FOR UPDATE'));
    await this.#copy.forgetMembers(client, await readFinal(client, plan.name));
    if (this.mode === 'built') await redefineView(client, plan, view);
    const swapped = await this.#replaceRows();
    await this.#replaceTraces(counts);
    await client.query(
      "INSERT INTO medallion.event_log (pipeline, kind, subject, detail) VALUES ($1, 'view_refreshed', $2, $3)",
      [plan.name, view.name, JSON.stringify({ mode: this.mode, ...swapped })],
    );
    return swapped;
  }

  async #replaceRows(): Promise<Swapped> {
    const results: Swapped[] = [];
    for (const { remove, write } of swapStatements(this.#plan.schemaName, this.#view)) {
      const removed = await this.#client.query(remove);
      const written = await this.#client.query(write);
      results.push({ removed: removed.rowCount ?? 0, written: written.rowCount ?? 0 });
    }
    return results[0]!;
  }

  async #replaceTraces(counts: readonly CountDelta[]): Promise<void> {
    const of = [this.#plan.name, this.#view.name];
    await this.#client.query(
      `DELETE FROM medallion.late_records AS l WHERE pipeline = $1 AND view_name = $2 AND NOT EXISTS (
         SELECT FROM ${LATE} AS c WHERE (c.topic, c.partition, c."offset", c.window_start) = (l.topic, l.partition, l."offset", l.window_start))`,
      of,
    );
    await this.#client.query(`INSERT INTO medallion.late_records SELECT * FROM ${LATE} ON CONFLICT DO NOTHING`);
    await this.#client.query('DELETE FROM medallion.table_counts WHERE pipeline = $1 AND table_name = $2', of);
    await this.#run(countStatements(this.#plan.name, counts));
  }

  async #run(statements: readonly Statement[]): Promise<void> {
    for (const { text, values = [] } of statements as readonly Exclude<Statement, pg.Query>[])
      await this.#client.query(text, [...values]);
  }

  /** In the order in which commits lock them. */
  async #leases(lock: '' | 'FOR UPDATE'): Promise<ReadonlyMap<number, Offset>> {
    const { rows } = await this.#client.query<{ partition: number; next_offset: number }>(
      `SELECT partition, next_offset FROM medallion.lease WHERE pipeline = $1 AND topic = $2 ORDER BY partition ${lock}`,
      [this.#plan.name, this.#topic],
    );
    return new Map(rows.map(({ partition, next_offset }) => [partition, next_offset]));
  }

  async #translating<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw translated(error);
    }
  }
}
