import { isUtf8 } from 'node:buffer';
import { MedallionError } from '@medallion/core';
import { loadPipeline } from '@medallion/host';
import { tableText } from '@medallion/launch';
import type { GoldReader } from '@medallion/postgres';
import { type Answer, EXIT, fine, type Surroundings } from '../answer.ts';
import { withTables } from '../connect.ts';

/** A record of the quarantine as people see it; its bytes only in `show`. */
type Listed = {
  readonly table_name: string;
  readonly outcome: string;
  readonly reason: string;
  readonly place: string;
  readonly recorded_at: string;
};

type Flags = { readonly where?: string | boolean | undefined; readonly limit?: string | boolean | undefined };

const place = `topic || ':' || partition || ':' || "offset"`;

/** `medallion quarantine ls`: counts by table, outcome and broken rule; with `--limit` the newest records. */
export async function quarantineList([name]: readonly string[], flags: Flags, around: Surroundings): Promise<Answer> {
  const plan = await loadPipeline(name as string);
  return withTables(around, plan.schemaName, async (reader) => {
    const from = filtered(flags.where);
    if (flags.limit !== undefined) {
      const rows = await read<Listed>(
        reader,
        `SELECT table_name, outcome, reason, ${place} AS place, to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS recorded_at
         FROM (${from}) AS q ORDER BY ingested_at DESC, topic, partition, "offset" DESC LIMIT $2`,
        [plan.name, limitOf(flags.limit)],
      );
      return fine(rows, tableText(rows));
    }
    const rows = await read<Record<string, unknown>>(
      reader,
      `SELECT table_name, outcome, coalesce(v ->> 'expectation', '') AS rule, count(*)::bigint AS records,
              to_char(max(recorded_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS newest
       FROM (${from}) AS q LEFT JOIN LATERAL jsonb_array_elements(violations) AS v ON true
       GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC, 2, 3`,
      [plan.name],
    );
    return fine(rows, rows.length === 0 ? ['the quarantine is empty'] : tableText(rows));
  });
}

type Whole = {
  readonly table_name: string;
  readonly outcome: string;
  readonly reason: string;
  readonly violations: readonly { readonly expectation: string; readonly action: string; readonly rule: string }[];
  readonly recorded_at: string;
  readonly ingested_at: string;
  readonly redriven: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly row: unknown;
  readonly key: string | null;
  readonly value: string | null;
};

/** `medallion quarantine show`: one record by `topic:partition:offset`, with all that it broke and its bytes. */
export async function quarantineShow(
  [name, at]: readonly string[],
  _flags: object,
  around: Surroundings,
): Promise<Answer> {
  const plan = await loadPipeline(name as string);
  const parsed = /^(.+):(\d+):(\d+)$/.exec(at ?? '');
  if (parsed === null)
    throw new MedallionError('MED_CONFIG_INVALID', { problems: `"${at}" is not topic:partition:offset` });
  const [, topic, partition, offset] = parsed;
  return withTables(around, plan.schemaName, async (reader) => {
    const rows = await read<Whole>(
      reader,
      `SELECT table_name, outcome, reason, violations, recorded_at::text, ingested_at::text,
              redriven_at || ' by ' || redriven_by AS redriven, headers, "row",
              encode(key, 'base64') AS key, encode(value, 'base64') AS value
       FROM medallion.quarantined WHERE pipeline = $1 AND topic = $2 AND partition = $3 AND "offset" = $4 ORDER BY table_name`,
      [plan.name, topic, Number(partition), Number(offset)],
    );
    return {
      data: rows,
      lines: rows.length === 0 ? [`nothing at ${at}`] : rows.flatMap(whole),
      exit: rows.length === 0 ? EXIT.checksFailed : EXIT.fine,
    };
  });
}

const whole = (found: Whole): readonly string[] => [
  `${found.table_name}: ${found.outcome}: ${found.reason}`,
  ...found.violations.map(({ expectation, action, rule }) => `  broke ${expectation} (${action}): ${rule}`),
  `  recorded at ${found.recorded_at}, in quarantine since ${found.ingested_at}`,
  ...(found.redriven === null ? [] : [`  redriven at ${found.redriven}`]),
  ...Object.entries(found.headers).map(([header, value]) => `  header ${header}: ${value}`),
  `  key    ${bytesText(found.key)}`,
  `  value  ${bytesText(found.value)}`,
  ...(found.row === null ? [] : [`  row    ${JSON.stringify(found.row)}`]),
];

/** Bytes as text where they are text, else in hexadecimal. */
function bytesText(base64: string | null): string {
  if (base64 === null) return 'null';
  const bytes = Buffer.from(base64, 'base64');
  const printable = isUtf8(bytes) && !/\p{Cc}/u.test(bytes.toString());
  return printable ? bytes.toString() : `0x${bytes.toString('hex')}`;
}

/** The records of the pipeline; a condition is the operator's own SQL, run in a read-only transaction. */
const filtered = (where: string | boolean | undefined): string =>
  `SELECT * FROM medallion.quarantined WHERE pipeline = $1${typeof where === 'string' ? ` AND (${where})` : ''}`;

const read = <R extends object>(reader: GoldReader, sql: string, values: readonly unknown[]): Promise<readonly R[]> =>
  reader.snapshot((query) => query<R>(sql, values));

function limitOf(limit: string | boolean): number {
  const n = Number(limit);
  if (!(Number.isInteger(n) && n > 0))
    throw new MedallionError('MED_CONFIG_INVALID', {
      problems: `--limit: "${String(limit)}" is no whole number above 0`,
    });
  return n;
}
