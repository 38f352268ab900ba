import { isMedallionError, messageOf } from '@medallion/core';
import { localDatabaseUrl } from '@medallion/devstack';
import { createGoldReader } from '@medallion/postgres';
import { Command, CommanderError } from 'commander';
import { paintLine, printable, span, uncoloured } from './view/line.ts';
import { type Column, tableLines } from './view/table.ts';

const EXIT = { fine: 0, failed: 1, usage: 2 } as const;

const EXAMPLES = `
Examples:
  npm run query -- 'SELECT * FROM gold_top_cities ORDER BY window_start DESC, rank_by_gifts LIMIT 10'
  npm run query -- 'SELECT * FROM data_quality_metrics'
  npm run query -- --json 'SELECT * FROM quarantine ORDER BY ingested_at DESC LIMIT 1'
While npm start runs; with DATABASE_URL, on that database.`;

type Row = Readonly<Record<string, unknown>>;

/**
 * What `npm run query` does: one SELECT, for machines that have no psql. Gives the exit code: 0 fine, 1 failed, 2 usage.
 *
 * @example process.exitCode = await query(["SELECT 1 AS one"], process.env)
 */
export async function query(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const program = new Command('npm run query --')
    .description('Prints the rows of a SELECT over the tables in Postgres.')
    .argument('<select>', 'a SELECT, WITH, TABLE or VALUES')
    .option('--json', 'a JSON object a line')
    .option('--schema <name>', 'where names are looked up first, before medallion', 'santa_deliveries')
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    return error instanceof CommanderError && error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  }
  const { json = false, schema } = program.opts<{ json?: boolean; schema: string }>();
  const reader = createGoldReader({ databaseUrl: env.DATABASE_URL || localDatabaseUrl(env), schemaName: schema });
  try {
    const sql = (program.args[0] ?? '').replace(/[\s;]+$/, '');
    // As JSON every value has its usual text, times included, whatever its type.
    const rows = await reader.query<{ row: string }>(`SELECT row_to_json(answer)::text AS row FROM (${sql}) AS answer`);
    for (const line of json ? rows.map(({ row }) => row) : tableText(rows.map(({ row }) => JSON.parse(row) as Row)))
      console.log(line);
    return EXIT.fine;
  } catch (error) {
    console.error(isMedallionError(error) ? `${error.message}\nIs npm start running?` : messageOf(error));
    return EXIT.failed;
  } finally {
    await reader.close();
  }
}

const textOf = (value: unknown): string =>
  value === null ? '' : printable(typeof value === 'string' ? value : JSON.stringify(value));

/** The rows as an aligned table, in full width. */
export function tableText(rows: readonly Row[]): string[] {
  const [first] = rows;
  if (first === undefined) return ['no rows'];
  const columns = Object.keys(first).map(
    (name): Column => ({
      head: name,
      align: rows.every((row) => row[name] === null || typeof row[name] === 'number') ? 'right' : 'left',
      cells: rows.map((row) => span(textOf(row[name]))),
      max: 80,
    }),
  );
  const width = Number.POSITIVE_INFINITY;
  return tableLines(columns, width).map((line) => paintLine(line, width, uncoloured).trimEnd());
}
