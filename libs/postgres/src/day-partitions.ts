import { type EpochDay, epochDay, type Instant, type Log, messageOf } from '@medallion/core';
import type { QueryablePlan, StreamingTablePlan } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import type pg from 'pg';
import { defaultPartition } from './copy-ddl.ts';
import { copyStorage } from './copy-storage.ts';
import { isServerError } from './failures.ts';
import { dateText, derivedName, ident, literal, qualified } from './sql-text.ts';

type PartitionedPlan = Extract<QueryablePlan, { readonly partitionBy: string }>;

/** Partitions are made this many days ahead, so that midnight finds one. */
const DAYS_AHEAD = 2;
const DAY_MS = 86_400_000;
/** Others wait behind whoever waits for a table's lock, so nobody waits for long; the next call tries again. */
const LOCK_TIMEOUT = `SET LOCAL lock_timeout = '500ms'`;

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
    this.#retentionDays = Math.ceil(retentionMs / DAY_MS);
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
    await this.#dropBefore((today - this.#retentionDays) as EpochDay);
  }

  async #settle(day: EpochDay, today: EpochDay): Promise<void> {
    if (day >= today - this.#retentionDays && day <= today + DAYS_AHEAD) await this.#create(day);
    // Far days would make this set grow without a bound.
    if (this.#settled.size > 100_000) this.#settled.clear();
    this.#settled.add(day);
  }

  /** ATTACH, unlike PARTITION OF, lets others go on writing to the table. */
  async #create(day: EpochDay): Promise<void> {
    const parent = qualified(this.#schemaName, this.#table.name);
    const name = qualified(this.#schemaName, this.#nameOf(day));
    const known = await this.#pool.query('SELECT to_regclass($1) IS NOT NULL AS found', [name]);
    if (known.rows[0].found) return;
    await this.#exclusively(
      `create ${name}`,
      // The lock, which lets others write, also makes this session notice what others have made.
      `LOCK TABLE ONLY ${parent} IN SHARE UPDATE EXCLUSIVE MODE; DO $$ BEGIN
         IF to_regclass('${name.replaceAll("'", "''")}') IS NULL THEN
           CREATE TABLE ${name} (LIKE ${parent} INCLUDING ALL);
           ALTER TABLE ${parent} ATTACH PARTITION ${name}
             FOR VALUES FROM ('${dateText(day)}') TO ('${dateText((day + 1) as EpochDay)}');
         END IF;
       END $$`,
    );
    const storage = await copyStorage(this.#pool, this.#schemaName, this.#table);
    if (storage.length > 0) await this.#exclusively(`store ${name} as declared`, storage.join('; '));
  }

  async #dropBefore(first: EpochDay): Promise<void> {
    const { rows } = await this.#pool.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass($1)`,
      [qualified(this.#schemaName, this.#table.name)],
    );
    const oldest = this.#nameOf(first);
    const prefix = oldest.slice(0, -DATE_LENGTH);
    for (const { name } of rows)
      if (name.length === oldest.length && name.startsWith(prefix) && /\d{8}$/.test(name) && name < oldest)
        await this.#exclusively(`drop ${name}`, `DROP TABLE IF EXISTS ${qualified(this.#schemaName, name)}`);
    await this.#pool.query(
      `DELETE FROM ${qualified(this.#schemaName, defaultPartition(this.#table.name))} WHERE ${ident(this.#column)} < $1::date`,
      [dateText(first)],
    );
  }

  async #exclusively(what: string, statement: string): Promise<void> {
    try {
      // Several statements in one query are one transaction without BEGIN, which no error can leave open.
      await this.#pool.query(`${this.#turn}; ${LOCK_TIMEOUT}; ${statement}`);
    } catch (error) {
      if (!isServerError(error)) throw error;
      this.#log.warn(
        { table: this.#table.name, reason: messageOf(error) },
        `could not ${what}; rows of a day without a partition go to the default one`,
      );
    }
  }

  /** Instances take turns per table. Waiting for one's turn holds up nobody, so it comes before the short timeout. */
  get #turn(): string {
    return `SELECT pg_advisory_xact_lock(hashtextextended(${literal(`${this.#schemaName}.${this.#table.name}`)}, 0))`;
  }

  #nameOf(day: EpochDay): string {
    return derivedName(this.#table.name, `__${dateText(day).replaceAll('-', '')}`);
  }
}

/** `20261224` */
const DATE_LENGTH = 8;
