import pg from 'pg';

const SCHEMA = 'santa_deliveries';

/**
 * Fills the table behind a windowed view to about `rows` rows: its own, again and again, each time a while earlier. Returns
 * how many there are. Windows so far back are final, as their ends lie below the watermark.
 */
export async function fillView(databaseUrl: string, view: string, rows: number, windowMs: number): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const state = `${SCHEMA}."${view}__state"`;
    const has = async (): Promise<number> =>
      Number((await client.query(`SELECT count(*) AS n FROM ${state}`)).rows[0].n);
    const before = await has();
    if (before === 0) throw new Error(`${view} has no rows yet`);
    const columns = await client.query<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
         AND attgenerated = '' ORDER BY attnum`,
      [state],
    );
    const names = columns.rows.map(({ name }) => `"${name}"`);
    const values = names.map((name) =>
      /^"window_(start|end)"$/.test(name)
        ? `s.${name} - n * $1::float8 * interval '1 ms' - interval '1 day'`
        : `s.${name}`,
    );
    await client.query(
      `INSERT INTO ${state} (${names.join(', ')}) SELECT ${values.join(', ')}
       FROM (SELECT * FROM ${state} WHERE window_start = (SELECT min(window_start) FROM ${state})) s
       CROSS JOIN generate_series(1, $2::int) AS n ON CONFLICT DO NOTHING`,
      [windowMs, Math.ceil(rows / (await inFirstWindow(client, state)))],
    );
    await client.query(`VACUUM ANALYZE ${state}`);
    return await has();
  } finally {
    await client.end();
  }
}

async function inFirstWindow(client: pg.Client, state: string): Promise<number> {
  const { rows } = await client.query(
    `SELECT count(*) AS n FROM ${state} WHERE window_start = (SELECT min(window_start) FROM ${state})`,
  );
  return Number(rows[0].n);
}
