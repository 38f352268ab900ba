import { parseExpression, type SqlExpression } from '@medallion/expressions';
import type { AnyRow } from '@medallion/schema';
import fc from 'fast-check';
import { COLUMNS, drawing, FIELDS, randomExpression } from '../../../libs/postgres/test/random-expressions.ts';
import { openSamples, type Samples } from '../../../libs/postgres/test/samples.ts';
import { ownDatabase } from '../../dashboard/support/own-database.ts';
import { entrance } from '../engine/fuzz.ts';
import { mutated } from '../hostile/bytes.ts';
import { CODE, hostileText } from '../hostile/texts.ts';
import { conditionTexts } from './expressions.ts';
import { type SomePostgres, somePostgres } from './some-postgres.ts';

const ROWS = 6;
const DEPTH = 4;

const valid = fc
  .tuple(fc.noBias(fc.nat()), fc.nat(DEPTH))
  .map(([seed, depth]) => randomExpression(drawing(seed), depth));
const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
/** A text of code or of anything, as it is meant to be written, or with quotes that are not. */
const literals = fc.oneof(
  hostileText.map(quote),
  fc.constantFrom<string>(...CODE).map(quote),
  hostileText.map((text) => `'${text}'`),
);
/** Where a text may stand. */
const PLACES: readonly ((text: string, part: string) => string)[] = [
  (text) => `s = ${text}`,
  (text) => `s || ${text} || t`,
  (text) => `s LIKE ${text}`,
  (text) => `s LIKE ${text} ESCAPE '!'`,
  (text) => `LENGTH(${text}) > i`,
  (text) => `t IN (${text}, 'a', s)`,
  (text, part) => `CASE WHEN s = ${text} THEN CAST((${part}) AS text) ELSE ${text} END`,
  (text) => `COALESCE(NULLIF(UPPER(s), ${text}), TRIM(${text}))`,
  (text) => `CAST(${text} AS bigint)`,
  (text) => `CAST(${text} AS timestamp)`,
  (text) => `DATE ${text} < dt`,
  (text, part) => `CAST((${part}) AS text) = ${text}`,
];
const texts = fc.oneof(
  {
    weight: 3,
    arbitrary: mutated(
      valid.map((text) => Buffer.from(text)),
      3,
    ).map((bytes) => bytes.toString('utf8')),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom(...PLACES), literals, valid).map(([place, text, part]) => place(text, part)),
  },
  { weight: 1, arbitrary: conditionTexts },
);

/** What Postgres can keep of a text: no NUL, no halves of pairs. */
const kept = hostileText.map((text) => text.replaceAll('\0', '').toWellFormed().slice(0, 200));
const rows: fc.Arbitrary<readonly AnyRow[]> = fc.array(
  fc.tuple(fc.noBias(fc.nat()), kept, kept).map(([seed, s, t]): AnyRow => {
    const random = drawing(seed);
    const values = COLUMNS.map(({ field, values: all }) => [field.name, all[random(all.length)]!]);
    return { ...Object.fromEntries(values), s, t } as AnyRow;
  }),
  { minLength: 1, maxLength: ROWS },
);

type Opened = { readonly samples: Samples; readonly close: () => Promise<void> };

async function open(): Promise<Opened> {
  const postgres: SomePostgres = await somePostgres();
  const database = await ownDatabase(postgres.databaseUrl, 'fuzz_sql');
  const samples = await openSamples(database.databaseUrl);
  return {
    samples,
    async close() {
      await samples.close();
      await database.drop();
      await postgres.close();
    },
  };
}

/** Everything in the database that a statement of somebody else could change. */
const STATE = `SELECT (SELECT count(*) FROM pg_class) AS relations, (SELECT count(*) FROM pg_proc) AS functions,
  (SELECT count(*) FROM pg_roles) AS roles, (SELECT md5(string_agg(samples::text, '' ORDER BY id)) FROM samples) AS rows,
  current_setting('TimeZone') AS zone, current_setting('search_path') AS path, current_user AS who`;

let opened: Promise<Opened> | null = null;

export const expressionsOnPostgres = entrance({
  name: 'sql-postgres',
  about: 'SQL of declarations: what parses is taken by a real Postgres, and means there what it means here',
  cases: fc.tuple(texts, rows),
  together: 60,
  async judge(batch, journal) {
    opened ??= open();
    const { samples } = await opened;
    const expressions: SqlExpression[] = [];
    for (const [text] of batch)
      try {
        expressions.push(parseExpression(text, FIELDS));
        journal.met('taken by Postgres');
      } catch (error) {
        journal.refused(error, { codes: ['MED_EXPRESSION_INVALID'], echoes: true });
      }
    await samples.fill(batch[0]![1]);
    const [before] = await samples.query<Record<string, unknown>>(STATE);
    await samples.compare(expressions);
    const [after] = await samples.query<Record<string, unknown>>(STATE);
    for (const [what, value] of Object.entries(before!))
      if (after![what] !== value) throw new Error(`${what} changed from ${value} to ${after![what]}`);
  },
  async close() {
    await (await opened)?.close();
    opened = null;
  },
});
