import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { MedallionError, systemClock } from '@medallion/core';
import { filesAt, loadPipeline } from '@medallion/host';
import { tableText } from '@medallion/launch';
import type { PipelinePlan } from '@medallion/pipeline';
import type { GoldReader } from '@medallion/postgres';
import { abandonBackfill, type Backfilled, backfillsOf, backfill as bring, type RecordLog } from '@medallion/runtime';
import { type Answer, EXIT, fine, type Surroundings } from '../answer.ts';
import { askedFor, defaultId, type Flags } from '../backfill-request.ts';
import { processed } from '../backfill-wait.ts';
import { withLog, withTables } from '../connect.ts';

/**
 * `medallion backfill`: brings older records to a streaming table through its own steps, each once, while the services run.
 * Killed, it goes on when it is run again; run once more after that, it changes nothing. Without a table it lists the
 * backfills of the pipeline.
 */
export async function backfill([name, table]: readonly string[], flags: Flags, around: Surroundings): Promise<Answer> {
  const plan = await loadPipeline(name as string);
  return withLog(around, async (log) => {
    if (table === undefined) return list(log, plan);
    if (flags.abandon === true) return abandoned(log, plan, flags.id);
    const asked = await askedFor(flags);
    const id = typeof flags.id === 'string' ? flags.id : defaultId(table, asked.from);
    const files = asked.root === null ? undefined : await filesAt(asked.root, around.env);
    const since = new Date();
    try {
      const done = await bring(
        {
          ...{ log, plan, clock: systemClock, signal: around.signal },
          sleep: async (ms) => void (await sleep(ms, undefined, { signal: around.signal })),
          ...(files === undefined ? {} : { files }),
          progress: told(around),
        },
        {
          ...{ id, table, from: asked.from, by: typeof flags.by === 'string' ? flags.by : userInfo().username },
          ...(typeof flags.flow === 'string' ? { flow: flags.flow } : {}),
        },
      );
      return await answered(done, { log, plan, table, since, wait: flags.wait !== false }, around);
    } finally {
      await files?.close();
    }
  });
}

/** A line now and then on standard error. */
function told({ say, json }: Surroundings): (records: number) => void {
  let due = Date.now() + 2_000;
  return (records) => {
    if (json || Date.now() < due) return;
    due = Date.now() + 2_000;
    say(`${records} records so far\n`);
  };
}

type Asked = {
  readonly log: RecordLog;
  readonly plan: PipelinePlan;
  readonly table: string;
  readonly since: Date;
  readonly wait: boolean;
};

async function answered(done: Backfilled, asked: Asked, around: Surroundings): Promise<Answer> {
  const { id, records, topic } = done;
  if (done.ended === 'stopped')
    return {
      data: done,
      lines: [`stopped after ${records} records; run it again and it goes on (--id ${id})`],
      exit: EXIT.failed,
    };
  const first =
    done.ended === 'before'
      ? `backfill "${id}" had brought all of its ${records} records before; nothing was done`
      : `backfill "${id}": ${records} records are in ${topic}`;
  if (!asked.wait) return fine(done, [first, `the flow ${done.flow} processes them when the services run`]);
  const left = await processed(asked.log, asked.plan, asked.table, done.flow, around);
  if (left > 0)
    return fine({ ...done, left }, [
      first,
      `${left} are not processed yet: the flow ${done.flow} does that when the services run (see medallion status)`,
    ]);
  const outcome = await withTables(around, asked.plan.schemaName, (reader) => became(reader, asked, done.flow));
  return fine({ ...done, left, ...outcome }, [first, ...outcomeLines(outcome, asked.table, done.flow)]);
}

type Outcome = {
  /** All that backfills ever brought to the flow, by what became of it. */
  readonly became: readonly { readonly outcome: string; readonly records: number }[];
  /** Rows that came too late for windows of a view since this command began. */
  readonly late: readonly { readonly view: string; readonly records: number }[];
};

async function became(reader: GoldReader, { plan, since }: Asked, flow: string): Promise<Outcome> {
  return {
    became: await reader.query(
      `SELECT outcome, sum(records)::bigint AS records FROM medallion.table_counts
       WHERE pipeline = $1 AND flow = $2 GROUP BY 1 ORDER BY 2 DESC`,
      [plan.name, flow],
    ),
    late: await reader.query(
      `SELECT view_name AS view, count(*)::bigint AS records FROM medallion.late_records
       WHERE pipeline = $1 AND recorded_at >= $2 GROUP BY 1 ORDER BY 1`,
      [plan.name, since],
    ),
  };
}

function outcomeLines({ became, late }: Outcome, table: string, flow: string): readonly string[] {
  const counts = became.map(({ outcome, records }) => `${records} ${outcome === 'accepted' ? `in ${table}` : outcome}`);
  return [
    `${flow} has processed them; of all that it ever was brought: ${counts.join(', ') || 'nothing is counted yet'}`,
    ...late.map(
      ({ view, records }) =>
        `  ${view}: ${records} rows came too late since, as their windows are closed; "medallion refresh --full --with-late" computes it anew`,
    ),
  ];
}

async function abandoned(log: RecordLog, plan: PipelinePlan, id: Flags['id']): Promise<Answer> {
  if (typeof id !== 'string')
    throw new MedallionError('MED_CONFIG_INVALID', { problems: '--abandon: say which backfill with --id' });
  const now = await abandonBackfill(log, plan, id);
  return fine({ id, abandoned: now }, [
    now ? `backfill "${id}" is given up; what it brought stays` : `backfill "${id}" had ended before`,
  ]);
}

async function list(log: RecordLog, plan: PipelinePlan): Promise<Answer> {
  const rows = (await backfillsOf(log, plan)).map(({ backfill: { id, flow, by, at }, reached, end }) => ({
    ...{ id, flow, begun: new Date(at).toISOString(), by },
    state: end === null ? 'not ended' : end.abandoned ? 'given up' : 'done',
    records: end?.records ?? reached.records,
  }));
  return fine(rows, rows.length === 0 ? [`${plan.name} has no backfills`] : tableText(rows));
}
