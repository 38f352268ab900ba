import { readFileSync } from 'node:fs';
import type { PipelinePlan, TablePlan } from '@medallion/pipeline';
import type { FieldType } from '@medallion/schema';
import pg from 'pg';
import type { JsonRow } from './topic-rows.ts';

const ident = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * Two schemas beside the tables of the engine: `oracle`, with the raw input and what plain SQL makes of it, and `actual`,
 * with a view of everything that the engine made, by table.
 */
export class Scratch {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(databaseUrl: string): Promise<Scratch> {
    const client = new pg.Client({ connectionString: databaseUrl, options: '-c timezone=UTC' });
    client.on('error', () => {}); // the query that it breaks says so
    await client.connect();
    return new Scratch(client);
  }

  close = (): Promise<void> => this.#client.end();

  async query<R extends object>(sql: string, values: readonly unknown[] = []): Promise<R[]> {
    return (await this.#client.query<R & pg.QueryResultRow>(sql, [...values])).rows;
  }

  /** Makes `oracle` anew from the raw input and the file of SQL statements. */
  async makeOracle(file: URL, fill: () => Promise<void>, common: URL): Promise<void> {
    await this.query('DROP SCHEMA IF EXISTS oracle CASCADE');
    await this.query('CREATE SCHEMA oracle');
    await this.query(readFileSync(common, 'utf8'));
    await fill();
    await this.query(readFileSync(file, 'utf8'));
  }

  /** Adds rows to a table of `oracle` that has their columns. */
  async add(table: string, rows: readonly JsonRow[]): Promise<void> {
    await this.query(
      `INSERT INTO oracle.${ident(table)} SELECT * FROM jsonb_populate_recordset(NULL::oracle.${ident(table)}, $1)`,
      [JSON.stringify(rows)],
    );
  }

  /** Makes `actual` anew: streaming tables from the given rows, all others as they are in Postgres. */
  async makeActual(plan: PipelinePlan, streams: ReadonlyMap<string, readonly JsonRow[]>): Promise<void> {
    await this.query('DROP SCHEMA IF EXISTS actual CASCADE');
    await this.query('CREATE SCHEMA actual');
    for (const table of plan.tables) {
      const rows = streams.get(table.name);
      if (table.kind === 'view') continue;
      if (rows === undefined) {
        await this.query(
          `CREATE VIEW actual.${ident(table.name)} AS SELECT * FROM ${ident(plan.schemaName)}.${ident(table.name)}`,
        );
        continue;
      }
      if (table.kind === 'streaming_table' && table.queryable !== null)
        await this.query(
          `CREATE VIEW actual.${ident(copyOf(table.name))} AS
           SELECT * FROM ${ident(plan.schemaName)}.${ident(table.name)}`,
        );
      await this.query(`CREATE TABLE actual.${ident(table.name)} (${columnsOf(table)})`);
      await this.query(
        `INSERT INTO actual.${ident(table.name)}
         SELECT * FROM jsonb_populate_recordset(NULL::actual.${ident(table.name)}, $1)`,
        [JSON.stringify(rows)],
      );
    }
  }

  /**
   * The differences between what two SELECTs of the same columns give, both taken as bags of rows; as lines, none when
   * they are equal.
   */
  async differences(name: string, actual: string, expected: string): Promise<readonly string[]> {
    const bags = `a AS (${actual}), e AS (${expected})`;
    const [counts] = await this.query<{ a: string; e: string }>(
      `WITH ${bags} SELECT (SELECT count(*) FROM a) AS a, (SELECT count(*) FROM e) AS e`,
    );
    const rows = await this.query<{ what: string; row: object }>(
      `WITH ${bags},
         missing AS (SELECT * FROM e EXCEPT ALL SELECT * FROM a),
         foreigners AS (SELECT * FROM a EXCEPT ALL SELECT * FROM e)
       SELECT * FROM (
         SELECT 'missing' AS what, to_jsonb(m) AS "row" FROM missing m
         UNION ALL SELECT 'not expected', to_jsonb(f) FROM foreigners f) AS differing
       ORDER BY "row"::text, what`,
    );
    if (rows.length === 0) return [];
    const shown = rows.slice(0, SHOWN).map(({ what, row }) => `${name}: ${what}: ${JSON.stringify(row)}`);
    return [`${name}: ${rows.length} differences; ${counts?.a} rows, expected ${counts?.e}`, ...shown];
  }

  /** Compares every table for which `oracle` has one of its name, by the columns that the oracle's has. */
  async compare(tables: readonly string[]): Promise<readonly string[]> {
    const lines: string[] = [];
    for (const table of tables) {
      const columns = await this.query<{ name: string; type: string }>(
        `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
         WHERE attrelid = to_regclass($1) AND attnum > 0 ORDER BY attnum`,
        [`oracle.${ident(table)}`],
      );
      if (columns.length === 0) lines.push(`${table}: the oracle does not know it`);
      // Averages of exact numbers may have more or fewer digits; the rest is compared as it is, in the oracle's type.
      const select = columns
        .map(({ name, type }) =>
          name.startsWith('avg_')
            ? `round(${ident(name)}::numeric, 6) AS ${ident(name)}`
            : `${ident(name)}::${type} AS ${ident(name)}`,
        )
        .join(', ');
      if (columns.length === 0) continue;
      // A streaming table is a topic; where it is queryable, its copy in Postgres has to say the same.
      const [copy] = await this.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [
        `actual.${ident(copyOf(table))}`,
      ]);
      for (const name of copy?.found ? [table, copyOf(table)] : [table]) {
        const [actual, expected] = [`actual.${ident(name)}`, `oracle.${ident(table)}`];
        const found = await this.differences(
          name,
          `SELECT ${select} FROM ${actual}`,
          `SELECT ${select} FROM ${expected}`,
        ).catch((error: unknown) => [`${name}: error: ${error instanceof Error ? error.message : error}`]);
        lines.push(...found);
      }
    }
    return lines;
  }
}

const SHOWN = 6;

const copyOf = (table: string): string => `copy of ${table}`;

const columnsOf = (table: TablePlan): string =>
  table.schema.fields.map(({ name, type }) => `${ident(name)} ${postgresType(type)}`).join(', ');

/** As wide as the type can be: it is the rows that are compared, not how they are kept. */
function postgresType({ kind }: FieldType): string {
  switch (kind) {
    case 'boolean':
    case 'date':
      return kind;
    case 'timestamp':
      return 'timestamptz';
    case 'list':
      return 'jsonb';
    case 'string':
    case 'enum':
      return 'text';
    default:
      return 'numeric';
  }
}
