import type { KeptRecord, TableErasure } from '@medallion/runtime';
import type pg from 'pg';
import { arrayOf, numberElement, textElement } from '../array-literal.ts';
import { inJson, type PersonSearch } from './person-tables.ts';

/** A record that Postgres keeps as bytes, and the rest of its key. */
type Kept = KeptRecord & { readonly index: number };

/** Records of the quarantine, and late rows, that are a person's. */
export type PersonsBytes = {
  readonly quarantined: readonly Kept[];
  readonly late: readonly Kept[];
  /** Those that only name the person in bytes that nobody can read, and stay. */
  readonly unreadable: number;
};

const PAGE = 500;

/**
 * Finds them, in a transaction of its own that only reads and holds up nobody: the gold layer has read all that is about
 * the person, so no more of them come. Of the quarantine, rows whose text holds neither the name nor anything escaped are not
 * looked at.
 */
export async function findBytes(
  client: pg.ClientBase,
  { plan, person }: PersonSearch,
  { isPersons, unreadable }: Pick<TableErasure, 'isPersons' | 'unreadable'>,
): Promise<PersonsBytes> {
  const columns = 'topic, partition, "offset", key, value';
  const bytes = "convert_to($2, 'UTF8')";
  const found = { quarantined: [] as Kept[], late: [] as Kept[], left: 0 };
  const take = async (into: Kept[], page: readonly Kept[]): Promise<void> => {
    const verdicts = await isPersons(page);
    for (const [i, kept] of page.entries())
      if (verdicts[i] === true || (verdicts[i] === 'unreadable' && unreadable))
        into.push({ ...kept, key: null, value: null });
      else if (verdicts[i] === 'unreadable') found.left++;
  };
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    await client.query(`SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = '5min'`);
    await pages(
      client,
      `SELECT table_name AS "table", flow, "index", ${columns}, "row" FROM medallion.quarantine
       WHERE pipeline = $1 AND (strpos("row"::text, $3) > 0 OR strpos("row"::text, '\\u') > 0 OR position(${bytes} IN value) > 0
         OR position(${bytes} IN key) > 0 OR ("row" IS NULL AND value IS NOT NULL))`,
      [plan.name, person.id, inJson(person.id)],
      (page) => take(found.quarantined, page),
    );
    await pages(
      client,
      `SELECT view_name AS "table", NULL AS flow, 0 AS "index", ${columns}, NULL::jsonb AS "row" FROM medallion.late_records
       WHERE pipeline = $1`,
      [plan.name],
      (page) => take(found.late, page),
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
  return { quarantined: found.quarantined, late: found.late, unreadable: found.left };
}

async function pages(
  client: pg.ClientBase,
  sql: string,
  values: readonly unknown[],
  take: (page: readonly Kept[]) => Promise<void>,
): Promise<void> {
  await client.query(`DECLARE kept NO SCROLL CURSOR FOR ${sql}`, [...values]);
  for (;;) {
    const { rows } = await client.query<Kept>(`FETCH ${PAGE} FROM kept`);
    if (rows.length === 0) break;
    await take(rows);
  }
  await client.query('CLOSE kept');
}

/** Deletes them; gives how many there were, of the quarantine and of late rows. */
export async function deleteBytes(
  client: pg.ClientBase,
  pipeline: string,
  { quarantined, late }: PersonsBytes,
): Promise<readonly [quarantined: number, late: number]> {
  const places = (kept: readonly Kept[]) => [
    arrayOf(kept, ({ table }) => table, textElement),
    arrayOf(kept, ({ topic }) => topic, textElement),
    arrayOf(kept, ({ partition }) => partition, numberElement),
    arrayOf(kept, ({ offset }) => offset, numberElement),
  ];
  const first = await client.query(
    `DELETE FROM medallion.quarantine AS q USING
       unnest($2::text[], $3::text[], $4::integer[], $5::bigint[], $6::text[], $7::integer[]) AS k(t, topic, partition, "offset", flow, "index")
     WHERE q.pipeline = $1 AND q.table_name = k.t AND q.topic = k.topic AND q.partition = k.partition
       AND q."offset" = k."offset" AND q.flow = k.flow AND q."index" = k."index"`,
    [
      ...[pipeline, ...places(quarantined)],
      arrayOf(quarantined, ({ flow }) => flow ?? '', textElement),
      arrayOf(quarantined, ({ index }) => index, numberElement),
    ],
  );
  const second = await client.query(
    `DELETE FROM medallion.late_records AS l USING
       unnest($2::text[], $3::text[], $4::integer[], $5::bigint[]) AS k(t, topic, partition, "offset")
     WHERE l.pipeline = $1 AND l.view_name = k.t AND l.topic = k.topic AND l.partition = k.partition AND l."offset" = k."offset"`,
    [pipeline, ...places(late)],
  );
  return [first.rowCount ?? 0, second.rowCount ?? 0];
}
