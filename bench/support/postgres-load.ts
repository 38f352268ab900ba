import { readFileSync } from 'node:fs';
import pg from 'pg';

const CLOCK_TICKS_PER_S = 100;

/** What Postgres has done since it started: counts, and seconds of CPU. */
export type PostgresFigures = {
  readonly atMs: number;
  /** All of its processes, those that ended included. */
  readonly cpuS: number;
  readonly commits: number;
  readonly rowsRead: number;
  readonly blocksHit: number;
  readonly blocksRead: number;
};

/** What it did in a second, on average. */
export type PostgresLoad = {
  readonly cores: number;
  readonly transactionsPerSecond: number;
  readonly rowsReadPerSecond: number;
  readonly blocksPerSecond: number;
};

/** Ticks of a process itself and of its children that ended; none when it is gone. */
function ticks(pid: number): { readonly own: number; readonly children: number } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return { own: fields[11]! + fields[12]!, children: fields[13]! + fields[14]! };
  } catch {
    return { own: 0, children: 0 };
  }
}

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

/** CPU of a Postgres whose first process is `pid`, in seconds: all of its processes, those that ended included. Linux only. */
export function postgresCpuSeconds(pid: number): number {
  const first = ticks(pid);
  const all = childrenOf(pid).reduce((sum, child) => sum + ticks(child).own, first.own + first.children);
  return all / CLOCK_TICKS_PER_S;
}

/** Reads the figures of a Postgres whose first process is `pid`; Linux only. */
export async function postgresFigures(databaseUrl: string, pid: number): Promise<PostgresFigures> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT xact_commit AS commits, tup_returned AS rows, blks_hit AS hit, blks_read AS read
       FROM pg_stat_database WHERE datname = current_database()`,
    );
    return {
      atMs: performance.now(),
      cpuS: postgresCpuSeconds(pid),
      ...{ commits: Number(rows[0].commits), rowsRead: Number(rows[0].rows) },
      ...{ blocksHit: Number(rows[0].hit), blocksRead: Number(rows[0].read) },
    };
  } finally {
    await client.end();
  }
}

const digits = (value: number, count: number): number => Number(value.toFixed(count));

/** What was done between two moments, by the second. */
export function loadBetween(before: PostgresFigures, after: PostgresFigures): PostgresLoad {
  const seconds = (after.atMs - before.atMs) / 1_000;
  const perSecond = (key: keyof PostgresFigures): number => (after[key] - before[key]) / seconds;
  return {
    cores: digits(perSecond('cpuS'), 3),
    transactionsPerSecond: Math.round(perSecond('commits')),
    rowsReadPerSecond: Math.round(perSecond('rowsRead')),
    blocksPerSecond: Math.round(perSecond('blocksHit') + perSecond('blocksRead')),
  };
}
