import { compileExpression, type SqlExpression, toSql } from '@medallion/expressions';
import { type AnyRow, type FieldType, postgresType, type Value } from '@medallion/schema';
import pg from 'pg';
import { dateText, ident, literal, timestampText } from '../src/sql-text.ts';
import { FIELDS } from './random-expressions.ts';

/** Rows with a column of every type, in this process and in a real Postgres, of which both are asked the same expressions. */
export type Samples = {
  /** Puts these rows in the place of those before. */
  fill(rows: readonly AnyRow[]): Promise<void>;
  /** What Postgres answers: of each row, the value of each expression. */
  answers(expressions: readonly SqlExpression[]): Promise<readonly (readonly unknown[])[]>;
  /** Fails where the compiled expressions give another value than Postgres, or Postgres takes one for none. */
  compare(expressions: readonly SqlExpression[]): Promise<void>;
  query<R extends pg.QueryResultRow>(sql: string): Promise<readonly R[]>;
  close(): Promise<void>;
};

const toText = (expression: SqlExpression): string => toSql(expression, (name) => `samples.${ident(name)}`);

/** Opens them in a session of that database. */
export async function openSamples(databaseUrl: string): Promise<Samples> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  // What a session may set must not change a result.
  await client.query(
    `SET TimeZone = 'America/St_Johns'; SET DateStyle = 'German, DMY'; SET IntervalStyle = 'iso_8601'`,
  );
  const columns = FIELDS.map((f) => `${ident(f.name)} ${postgresType(f.type)}`).join(', ');
  await client.query(`CREATE TEMPORARY TABLE samples (id integer, ${columns})`);
  let kept: readonly AnyRow[] = [];

  const answers: Samples['answers'] = async (expressions) => {
    const list = expressions.map((each) => shown(toText(each), each.type));
    // With a parameter it is one statement alone: what would end it and begin another is refused.
    const text = `SELECT ${list.join(',\n')} FROM samples WHERE $1 ORDER BY id`;
    return (await client.query({ text, values: [true], rowMode: 'array' })).rows as unknown[][];
  };
  const accepted: Samples['answers'] = async (expressions) => {
    try {
      return await answers(expressions);
    } catch (error) {
      for (const each of expressions)
        await answers([each]).catch((cause) => {
          throw new Error(`${cause}\n${each.text}\n${toText(each)}`);
        });
      throw error;
    }
  };
  return {
    answers,
    async fill(rows) {
      kept = rows;
      const tuples = rows.map(
        (row, id) => `(${id}, ${FIELDS.map((f) => storedText(f.type, row[f.name]!)).join(', ')})`,
      );
      await client.query(`TRUNCATE samples; INSERT INTO samples VALUES ${tuples.join(', ')}`);
    },
    async compare(expressions) {
      if (expressions.length === 0) return;
      const answered = await accepted(expressions);
      for (const [i, expression] of expressions.entries()) {
        const compiled = compileExpression(expression);
        for (const [id, row] of kept.entries()) {
          const [own, theirs] = [compiled(row), answered[id]![i]];
          const of = (): string =>
            `${expression.text}\nin ${JSON.stringify(Object.fromEntries(expression.columns.map((name) => [name, row[name]])))}`;
          if (!Object.is(own, theirs) && own !== theirs)
            throw new Error(
              `${of()} is ${JSON.stringify(own)}, in Postgres ${JSON.stringify(theirs)}\n${toText(expression)}`,
            );
          if (own === null && !expression.nullable) throw new Error(`${of()} is NULL, which it never is, they say`);
        }
      }
    },
    query: async <R extends pg.QueryResultRow>(sql: string) => (await client.query<R>(sql)).rows,
    close: () => client.end(),
  };
}

function storedText(type: FieldType, value: Value): string {
  if (value === null) return 'NULL';
  if (type.kind === 'date') return literal(dateText(value as never));
  if (type.kind === 'timestamp') return literal(timestampText(value as never));
  return literal(Object.is(value, -0) ? '-0' : String(value));
}

/** A value of Postgres in the form in which rows hold it. */
function shown(sql: string, type: FieldType | null): string {
  if (type?.kind === 'date') return `(${sql}) - '1970-01-01'::date`;
  if (type?.kind === 'timestamp') return `(extract(epoch FROM ${sql}) * 1000)::double precision`;
  if (type?.kind === 'long' || type?.kind === 'decimal') return `(${sql})::double precision`;
  return sql;
}
