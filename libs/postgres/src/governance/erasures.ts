import { invariant, MedallionError, silentLog } from '@medallion/core';
import { type PipelinePlan, personalColumns, type TablePlan } from '@medallion/pipeline';
import {
  type Behind,
  type ErasedFromTable,
  type ErasureStore,
  emptyCommit,
  isAbout,
  type KeyedChange,
  type Mark,
  type Reached,
  type TableErasure,
} from '@medallion/runtime';
import type { Value } from '@medallion/schema';
import type pg from 'pg';
import { createPool, defaultTimeouts } from '../connection.ts';
import { isServerError, translated } from '../failures.ts';
import { layoutOf } from '../gold-layout.ts';
import { Relations } from '../relational/relations.ts';
import { qualified } from '../sql-text.ts';
import type { Statement } from '../transaction.ts';
import { withFound } from './erased-tables.ts';
import { deleteBytes, findBytes } from './kept-bytes.ts';
import { forgetKeys } from './person-keys.ts';
import {
  countRows,
  deleteMembers,
  deleteRows,
  isPersons,
  namingFields,
  type PersonSearch,
  rowsByText,
} from './person-tables.ts';

const UNDEFINED_TABLE = '42P01';

/**
 * Erases people from the tables of a pipeline in Postgres.
 *
 * @example
 * const store = createErasureStore({ databaseUrl, plan })
 */
export function createErasureStore(options: {
  readonly databaseUrl: string;
  readonly plan: PipelinePlan;
}): ErasureStore & { close(): Promise<void> } {
  return new PostgresErasures(options);
}

class PostgresErasures implements ErasureStore {
  readonly #pool: pg.Pool;
  readonly #plan: PipelinePlan;
  readonly #relations: Relations;

  constructor({ databaseUrl, plan }: { readonly databaseUrl: string; readonly plan: PipelinePlan }) {
    this.#plan = plan;
    this.#relations = new Relations(plan);
    this.#pool = createPool({
      ...{ databaseUrl, poolSize: 2, applicationName: 'medallion-erase', log: silentLog },
      timeouts: defaultTimeouts,
    });
  }

  leases(): Promise<readonly Reached[]> {
    return this.#with((client) => this.#leases(client, ''));
  }

  erase(erasure: TableErasure): Promise<readonly ErasedFromTable[] | { readonly behind: readonly Behind[] }> {
    const search: PersonSearch = { plan: this.#plan, subject: erasure.subject, person: erasure.person };
    return this.#with(async (client) => {
      const bytes = await findBytes(client, search, erasure);
      await client.query('BEGIN');
      try {
        await client.query(`SET LOCAL statement_timeout = 0`);
        const behind = behindOf(await this.#leases(client, 'FOR UPDATE'), erasure.marks);
        if (behind.length > 0) {
          await client.query('ROLLBACK');
          return { behind };
        }
        const tables = await this.#eraseTables(client, search);
        const [quarantined, late] = await deleteBytes(client, this.#plan.name, bytes);
        const kept = [
          { table: 'medallion.quarantine', kind: 'quarantine', rows: quarantined, action: 'deleted' },
          { table: 'medallion.late_records', kind: 'late rows', rows: late, action: 'deleted' },
        ] as const;
        const left = bytes.unreadable === 0 ? [] : [unreadable(bytes.unreadable)];
        const now = [...tables, ...kept.filter(({ rows }) => rows > 0), ...left];
        const all = withFound(now, erasure.found);
        await this.#tell(client, erasure, all);
        await client.query(erasure.dryRun ? 'ROLLBACK' : 'COMMIT');
        return all;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {});
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  /** In the order in which commits lock them. */
  async #leases(client: pg.ClientBase, lock: '' | 'FOR UPDATE'): Promise<readonly Reached[]> {
    const { rows } = await client.query<Reached>(
      `SELECT topic, partition, next_offset AS next FROM medallion.lease WHERE pipeline = $1 ORDER BY topic COLLATE "C", partition ${lock}`,
      [this.#plan.name],
    );
    return rows;
  }

  /** In the order in which commits take their locks: leases, which the caller has, then relations, then windows. */
  async #eraseTables(client: pg.ClientBase, search: PersonSearch): Promise<readonly ErasedFromTable[]> {
    const related = await this.#eraseRelations(client, search);
    const done: ErasedFromTable[] = [];
    for (const table of this.#plan.tables) {
      const erased = related.get(table.name) ?? (await this.#eraseTable(client, search, table));
      if (erased !== null) done.push(...erased);
    }
    for (const table of this.#plan.tables) {
      if (!isStored(table) || namingFields(search, table).length === 0) continue;
      const left = await countRows(client, search, table);
      invariant(left === 0, `${left} rows of the person would be left in ${table.name}`);
    }
    return done;
  }

  /** Keyed tables, and what is computed from them: as by a commit that deletes the rows. */
  async #eraseRelations(
    client: pg.ClientBase,
    search: PersonSearch,
  ): Promise<ReadonlyMap<string, readonly ErasedFromTable[]>> {
    const { graph } = this.#relations;
    const done = new Map<string, readonly ErasedFromTable[]>();
    const views = this.#plan.tables.filter((table) => table.kind === 'relational_view');
    const before = new Map<string, number>();
    for (const view of views)
      if (namingFields(search, view).length > 0) before.set(view.name, await countRows(client, search, view));
    const changes = new Map<string, readonly KeyedChange[]>();
    for (const table of this.#plan.tables) {
      if (table.kind !== 'keyed_table' || !isAbout(table, search.subject)) continue;
      const found = await this.#keysOf(client, search, table);
      if (found.length > 0) changes.set(table.name, found);
      const kind = table.storedAs === 2 ? 'history' : 'table';
      done.set(table.name, [{ table: table.name, kind, rows: found.length, action: 'deleted' }]);
    }
    for (const statement of this.#relations.statements({ ...emptyCommit, changes })) await run(client, statement);
    const changed = new Set([...changes.keys()].flatMap((name) => graph.named(name) ?? []));
    const affected = new Set(graph.affectedBy(changed).map(({ plan }) => plan.name));
    for (const view of views) {
      const rows = before.get(view.name);
      const note = 'equals the query over what is left; it names nobody';
      if (rows !== undefined)
        done.set(view.name, [
          { table: view.name, kind: 'view', rows, action: 'recomputed' },
          ...(await this.#forgetKeys(client, search, view)),
        ]);
      else if (affected.has(view.name))
        done.set(view.name, [{ table: view.name, kind: 'view', rows: 0, action: 'recomputed', note }]);
    }
    return done;
  }

  async #keysOf(
    client: pg.ClientBase,
    search: PersonSearch,
    table: Extract<TablePlan, { kind: 'keyed_table' }>,
  ): Promise<readonly KeyedChange[]> {
    const relation = this.#relations.graph.named(table.name);
    invariant(relation !== undefined, `${table.name} is no relation`);
    const names = relation.key.map(({ name }) => name);
    const columns = names.map((name) => `"${name}"`).join(', ');
    const { rows } = await client.query<Record<string, Value>>(
      `SELECT ${columns} FROM ${qualified(this.#plan.schemaName, table.name)} WHERE ${isPersons(search, namingFields(search, table))}`,
    );
    const byText = (await rowsByText(client, search, table, names)) as readonly Record<string, unknown>[];
    const keys = [...rows, ...byText].map((row) => names.map((name) => row[name] as Value));
    return [...new Map(keys.map((key) => [JSON.stringify(key), { key, row: null }])).values()];
  }

  async #forgetKeys(client: pg.ClientBase, search: PersonSearch, view: TablePlan): Promise<readonly ErasedFromTable[]> {
    const forgotten: ErasedFromTable[] = [];
    for (const relation of this.#relations.graph.relations) {
      if (relation.plan.name !== view.name || !('surrogate' in relation) || relation.surrogate === null) continue;
      const columns = search.subject.columns.get(view.name)!;
      const naming = relation.key.filter(({ name }) => columns.has(name));
      if (naming.length === 0) continue;
      const rows = await forgetKeys(client, search, relation.surrogate, relation.key, naming);
      const note = 'their integers are given to nobody else';
      if (rows > 0) forgotten.push({ table: relation.surrogate.keys, kind: 'keys', rows, action: 'deleted', note });
    }
    return forgotten;
  }

  async #eraseTable(
    client: pg.ClientBase,
    search: PersonSearch,
    table: TablePlan,
  ): Promise<readonly ErasedFromTable[] | null> {
    if (!isStored(table)) return null;
    const about = isAbout(table, search.subject);
    switch (table.kind) {
      case 'streaming_table':
        if (!about) return null;
        return [{ table: table.name, kind: 'copy', rows: await deleteRows(client, search, table), action: 'deleted' }];
      case 'change_feed':
        if (!about) return null;
        return [
          { table: table.name, kind: 'change feed', rows: await deleteRows(client, search, table), action: 'deleted' },
        ];
      case 'materialized_view':
        return this.#eraseWindows(client, search, table);
      default:
        return null;
    }
  }

  async #eraseWindows(
    client: pg.ClientBase,
    search: PersonSearch,
    view: Extract<TablePlan, { kind: 'materialized_view' }>,
  ): Promise<readonly ErasedFromTable[] | null> {
    if ((search.subject.columns.get(view.source)?.size ?? 0) === 0) return null;
    const seen = await deleteMembers(client, search, view);
    const members: readonly ErasedFromTable[] =
      seen === 0
        ? []
        : [
            {
              ...{ table: view.name, kind: 'window', rows: seen, action: 'deleted' },
              note: 'from the values that distinct counts have seen; the counts stay',
            },
          ];
    const fields = namingFields(search, view);
    if (fields.length > 0) {
      const { rowCount } = await client.query(
        `DELETE FROM ${qualified(this.#plan.schemaName, layoutOf(view).stateTable)} WHERE ${isPersons(search, fields)}`,
      );
      return [{ table: view.name, kind: 'window', rows: rowCount ?? 0, action: 'deleted' }, ...members];
    }
    const personal = personalColumns(this.#plan).get(view.name)!;
    const note =
      personal.size === 0
        ? 'counts of many people, with nothing personal in them: final windows never change'
        : `${[...personal].join(', ')} may show a value of the person until the table is rebuilt`;
    return [{ table: view.name, kind: 'window', rows: 0, action: 'kept', note }, ...members];
  }

  /** What was done, in the event log: to whom, only as a fingerprint. */
  async #tell(client: pg.ClientBase, erasure: TableErasure, tables: readonly ErasedFromTable[]): Promise<void> {
    const { fingerprint, by, subject } = erasure;
    const detail = { fingerprint, by, tables: tables.map(({ table, rows, action }) => ({ table, rows, action })) };
    await client.query(
      `INSERT INTO medallion.event_log (pipeline, kind, subject, detail) VALUES ($1, 'person_erased', $2, $3::jsonb)`,
      [this.#plan.name, `${subject.subject} ${fingerprint.slice(0, 16)}`, JSON.stringify(detail)],
    );
  }

  async #with<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    try {
      const client = await this.#pool.connect();
      try {
        return await work(client);
      } finally {
        // A transaction that has not ended comes to nothing with its connection.
        client.release(true);
      }
    } catch (error) {
      if (!isServerError(error) || error.code !== UNDEFINED_TABLE) throw translated(error);
      const problems = `${error.message}: start the gold service of this version once, so that its tables are there`;
      throw new MedallionError('MED_CONFIG_INVALID', { problems }, { cause: error });
    }
  }
}

/** Tables that Postgres keeps. */
const isStored = (table: TablePlan): boolean =>
  table.kind === 'streaming_table' ? table.queryable !== null : table.kind !== 'view';

const unreadable = (rows: number): ErasedFromTable => ({
  ...{ table: 'medallion.quarantine', kind: 'quarantine', rows, action: 'kept' },
  note: 'nobody can read them, and the name stands in them as a word; --allow unreadable deletes them',
});

const behindOf = (leases: readonly Reached[], marks: readonly Mark[]): readonly Behind[] =>
  marks.flatMap((mark) => {
    const at = leases.find((lease) => lease.topic === mark.topic && lease.partition === mark.partition)?.next ?? 0;
    return at < mark.needs ? [{ reader: 'gold', at, ...mark }] : [];
  });

async function run(client: pg.ClientBase, statement: Statement): Promise<void> {
  invariant('text' in statement, 'a relation is changed by statements alone');
  const { text, values = [] } = statement as { readonly text: string; readonly values?: readonly unknown[] };
  await client.query(text, [...values]);
}
