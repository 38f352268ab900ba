import { type Clock, type Log, MedallionError, silentLog } from '@medallion/core';
import { createKafkaLog, createRegistryCodecs, type KafkaAccess, type RegistryOptions } from '@medallion/kafka';
import { type PipelinePlan, personalColumns, type TablePlan } from '@medallion/pipeline';
import { createRedriveStore, type RedriveSelection } from '@medallion/postgres';
import { type RecordLog, type RedriveStore, type Rehearsed, redrive, rehearseRedrive } from '@medallion/runtime';
import { type AnyRow, rowText } from '@medallion/schema';
import { invalid, notFound } from '../business/problems.ts';
import type { RedriveReport, RedriveRequest, Row } from '../contract/index.ts';
import type { Audit } from '../security/audit.ts';
import type { Shown } from './known-tables.ts';
import { maskedRow } from './masked-row.ts';
import type { PlanOf } from './plan-of.ts';

/** What a redrive needs; without the connection of an operator and the brokers there is none. */
export type RedriveParts = {
  readonly databaseUrl: string | undefined;
  /** The role that it takes after login; all rights of the login where there is none. */
  readonly role?: string;
  readonly brokers: readonly string[] | undefined;
  /** Who the dashboard is to them. */
  readonly access?: KafkaAccess;
  /** Without it a dry run counts, and judges nothing. */
  readonly registry: RegistryOptions | undefined;
  readonly planOf: PlanOf;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Log;
};

/** Who asks for what, and what may be shown of the rows. */
export type RedriveAsked = {
  readonly pipeline: string;
  readonly by: string;
  readonly request: RedriveRequest;
  readonly shown: Shown;
};

/** A redrive ends early after so long, and says that there is more; a page waits for it. */
const TIME_MS = 20_000;
const ROWS = 100;
/** The longest text of a row in a report. */
const ROW_CHARACTERS = 32_768;

/**
 * Has rows of a quarantine processed again, or (`dryRun`) judges them by the plan as it is now and writes nothing. One at a
 * time for a pipeline.
 */
export function createRedrives(parts: RedriveParts): {
  /** @throws MED_REDRIVE_BUSY, MED_NOT_CONFIGURED, MED_NOT_FOUND, MED_REQUEST_INVALID */
  run(asked: RedriveAsked): Promise<RedriveReport>;
  /** Waits for those that run. */
  close(): Promise<void>;
} {
  const running = new Map<string, Promise<RedriveReport>>();
  return {
    run(asked) {
      const { pipeline } = asked;
      // Said without asking the database: a second dry run would judge the same rows beside the first.
      if (running.has(pipeline)) return Promise.reject(new MedallionError('MED_REDRIVE_BUSY', { pipeline }));
      const one = redriven(parts, asked).finally(() => running.delete(pipeline));
      running.set(pipeline, one);
      return one;
    },
    close: async () => void (await Promise.allSettled(running.values())),
  };
}

async function redriven(parts: RedriveParts, asked: RedriveAsked): Promise<RedriveReport> {
  const { databaseUrl, brokers, role } = parts;
  if (databaseUrl === undefined || brokers === undefined)
    throw new MedallionError('MED_NOT_CONFIGURED', { settings: 'OPERATOR_DATABASE_URL and KAFKA_BROKERS' });
  const { pipeline, by, request } = asked;
  const plan = await parts.planOf(pipeline);
  const table = plan.tables.find(({ name }) => name === request.table);
  if (table === undefined) throw notFound('table', request.table, `/api/operator/${pipeline}/graph`);
  const selection = selectionOf(pipeline, request);
  await parts.audit({
    by,
    action: request.dryRun ? 'redrive_dry_run' : 'redrive',
    pipeline,
    subject: table.name,
    detail: { rule: request.rule, outcome: request.outcome, places: request.places?.length },
  });
  const shown = shownOf(plan, table, asked.shown);
  const store = createRedriveStore({ ...selection, databaseUrl, ...(role === undefined ? {} : { role }) });
  const log = createKafkaLog({
    ...{ brokers, clientId: 'medallion-dashboard', log: silentLog },
    ...(parts.access === undefined ? {} : { access: parts.access }),
  });
  try {
    const signal = AbortSignal.timeout(TIME_MS);
    const done = request.dryRun
      ? await rehearsed(parts, plan, store, log, shown, signal)
      : { ...(await redrive(log, plan, store, { by, signal })), ...UNJUDGED };
    const report = reportOf(done, table, shown);
    const { chosen, sent, more } = report;
    parts.log.info({ pipeline, table: table.name, by, dryRun: request.dryRun, chosen, sent, more }, 'redriven');
    return report;
  } finally {
    await Promise.all([store.close(), log.close()]);
  }
}

const UNJUDGED = { judged: [], rows: [] };

async function rehearsed(
  { registry, clock }: RedriveParts,
  plan: PipelinePlan,
  store: RedriveStore,
  log: RecordLog,
  shown: Shown,
  signal: AbortSignal,
): Promise<Rehearsed> {
  if (registry === undefined) return { ...(await redrive(log, plan, store, { by: '', dryRun: true })), ...UNJUDGED };
  const codecs = createRegistryCodecs(registry);
  const sleep = (ms: number, until: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      until.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
    });
  const quotes = () => !shown.sensitive;
  const how = { rows: ROWS, ofAKind: ROWS, quotes, signal };
  return rehearseRedrive({ plan, log, codecs, logger: silentLog, clock, sleep }, store, how);
}

/** The rows that a request is about, with nothing in it that Postgres would not take. */
function selectionOf(pipeline: string, { table, rule, outcome, places }: RedriveRequest): RedriveSelection {
  if (places?.some((place) => place.table !== table)) throw invalid(`a place is in another table than "${table}"`);
  const texts = [rule, outcome, ...(places ?? []).flatMap(({ topic, flow }) => [topic, flow])];
  if (texts.some((text) => text?.includes('\0'))) throw invalid('a text of the request holds NUL');
  return {
    ...{ pipeline, table },
    ...(rule === undefined ? {} : { rule }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(places === undefined ? {} : { places }),
  };
}

/** What may be shown of the rows that records would become: less, where the plan says so already and the catalogue not yet. */
function shownOf(plan: PipelinePlan, table: TablePlan, { sensitive, open, hidden }: Shown): Shown {
  const personal = personalColumns(plan).get(table.name)!;
  const names = table.schema.fields.map(({ name }) => name);
  return {
    sensitive: sensitive || personal.size > 0,
    open: new Set(names.filter((name) => open.has(name) && !personal.has(name))),
    hidden: new Set([...hidden, ...names]),
  };
}

function reportOf(done: Rehearsed, table: TablePlan, shown: Shown): RedriveReport {
  const text = rowText(table.schema);
  const asShown = (row: AnyRow | null): Row | null => {
    const json = row === null ? 'null' : text(row);
    return json.length > ROW_CHARACTERS ? null : maskedRow(JSON.parse(json), shown.sensitive ? shown : 'all');
  };
  const { dryRun, chosen, more, flows, left, sent, judged, rows } = done;
  return {
    ...{ dryRun, chosen, more, sent },
    flows: [...flows],
    left: [...left],
    judged: [...judged],
    rows: rows.map(({ place, before, after, row }) => ({ place, before, after, row: asShown(row) })),
  };
}
