import { type EpochDay, epochDay, type Instant, type Log, messageOf } from '@medallion/core';
import type { PipelinePlan, QueryablePlan, StreamingTablePlan } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import type pg from 'pg';
import { defaultPartition } from './copy-ddl.ts';
import { DAYS_AHEAD } from './day-functions.ts';
import { isServerError } from './failures.ts';
import { dateText, derivedName, ident, qualified } from './sql-text.ts';

type PartitionedPlan = Extract<QueryablePlan, { readonly partitionBy: string }>;

const DAY_MS = 86_400_000;

/**
 * The day partitions of one queryable copy. Days outside of what is kept, or that cannot be made now, go to the default
 * partition, so that no row fails for want of one.
 */
export class DayPartitions {
  readonly #pool: pg.Pool;
  readonly #log: Log;
  readonly #schemaName: string;
  readonly #table: StreamingTablePlan;
  readonly #column: string;
  readonly #retentionDays: number;
  /** Days that need no further thought: they have a partition, or belong into the default one. */
  readonly #settled = new Set<EpochDay>();

  private constructor(
    pool: pg.Pool,
    log: Log,
    schemaName: string,
    table: StreamingTablePlan,
    { partitionBy, retentionMs }: PartitionedPlan,
  ) {
    this.#pool = pool;
    this.#log = log;
    this.#schemaName = schemaName;
    this.#table = table;
    this.#column = partitionBy;
    this.#retentionDays = retentionDaysOf(retentionMs);
  }

  /** Null for a copy without partitions. */
  static of(pool: pg.Pool, log: Log, schemaName: string, table: StreamingTablePlan): DayPartitions | null {
    const { queryable } = table;
    if (queryable === null || queryable.partitionBy === null) return null;
    return new DayPartitions(pool, log, schemaName, table, queryable);
  }

  /** Makes the partitions that these rows need, outside of the transaction that stores them. */
  async prepare(rows: readonly AnyRow[], now: Instant): Promise<void> {
    let last: unknown;
    for (const row of rows) {
      const day = row[this.#column] as EpochDay | null | undefined;
      if (day === last || day === null || day === undefined) continue;
      last = day;
      if (!this.#settled.has(day)) await this.#settle(day, epochDay(now));
    }
  }

  /** Makes the days that come next and drops those that are past their retention. */
  async maintain(now: Instant): Promise<void> {
    const today = epochDay(now);
    this.#settled.clear();
    for (let day = today - 1; day <= today + DAYS_AHEAD; day++) await this.#settle(day as EpochDay, today);
    await this.#dropBefore((today - this.#retentionDays) as EpochDay, today);
  }

  async #settle(day: EpochDay, today: EpochDay): Promise<void> {
    if (day >= today - this.#retentionDays && day <= today + DAYS_AHEAD) await this.#create(day, today);
    // Far days would make this set grow without a bound.
    if (this.#settled.size > 100_000) this.#settled.clear();
    this.#settled.add(day);
  }

  async #create(day: EpochDay, today: EpochDay): Promise<void> {
    const name = qualified(this.#schemaName, this.#nameOf(day));
    const known = await this.#pool.query('SELECT to_regclass($1) IS NOT NULL AS found', [name]);
    if (known.rows[0].found) return;
    await this.#tried(`create ${name}`, 'SELECT medallion.make_day($1, $2, $3, $4)', day, today);
  }

  async #dropBefore(first: EpochDay, today: EpochDay): Promise<void> {
    const { rows } = await this.#pool.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass($1)`,
      [qualified(this.#schemaName, this.#table.name)],
    );
    const oldest = this.#nameOf(first);
    const prefix = oldest.slice(0, -DATE_LENGTH);
    for (const { name } of rows)
      if (name.length === oldest.length && name.startsWith(prefix) && /\d{8}$/.test(name) && name < oldest)
        await this.#tried(`drop ${name}`, 'SELECT medallion.drop_day($1, $2, $3, $4)', dayOf(name), today);
    await this.#pool.query(
      `DELETE FROM ${qualified(this.#schemaName, defaultPartition(this.#table.name))} WHERE ${ident(this.#column)} < $1::date`,
      [dateText(first)],
    );
  }

  async #tried(what: string, statement: string, day: EpochDay, today: EpochDay): Promise<void> {
    try {
      await this.#pool.query(statement, [this.#schemaName, this.#table.name, dateText(day), dateText(today)]);
    } catch (error) {
      if (!isServerError(error)) throw error;
      this.#log.warn(
        { table: this.#table.name, reason: messageOf(error) },
        `could not ${what}; rows of a day without a partition go to the default one`,
      );
    }
  }

  #nameOf(day: EpochDay): string {
    return derivedName(this.#table.name, `__${dateText(day).replaceAll('-', '')}`);
  }
}

/** `20261224` */
const DATE_LENGTH = 8;

const dayOf = (name: string): EpochDay => {
  const date = name.slice(-DATE_LENGTH);
  return (Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6))) / DAY_MS) as EpochDay;
};

const retentionDaysOf = (retentionMs: number): number => Math.ceil(retentionMs / DAY_MS);

/** Writes down how the days of a pipeline's copies are kept, for the functions that make and drop them. */
export async function recordDays(client: pg.ClientBase, { name, schemaName, tables }: PipelinePlan): Promise<void> {
  const copies = tables.flatMap((table) =>
    table.kind !== 'streaming_table' || table.queryable === null || table.queryable.partitionBy === null
      ? []
      : [{ table: table.name, days: retentionDaysOf(table.queryable.retentionMs) }],
  );
  await client.query('DELETE FROM medallion.day_copies WHERE schema_name = $1 AND table_name <> ALL ($2::text[])', [
    schemaName,
    copies.map(({ table }) => table),
  ]);
  await client.query(
    `INSERT INTO medallion.day_copies AS c (schema_name, table_name, pipeline, prefix, retention_days)
     SELECT $1, t.name, $2, t.prefix, t.days FROM unnest($3::text[], $4::text[], $5::integer[]) AS t(name, prefix, days)
     ON CONFLICT (schema_name, table_name) DO UPDATE
       SET pipeline = excluded.pipeline, prefix = excluded.prefix, retention_days = excluded.retention_days
     WHERE (c.pipeline, c.prefix, c.retention_days) IS DISTINCT FROM (excluded.pipeline, excluded.prefix, excluded.retention_days)`,
    [
      ...[schemaName, name, copies.map(({ table }) => table)],
      copies.map(({ table }) => derivedName(table, '__00000000').slice(0, -DATE_LENGTH)),
      copies.map(({ days }) => days),
    ],
  );
}
