import { randomUUID } from 'node:crypto';
import { MedallionError, messageOf, systemClock } from '@medallion/core';
import { localAddresses } from '@medallion/devstack';
import { loadPipeline } from '@medallion/host';
import {
  asRun,
  columnLineage,
  graphOf,
  type LineageJobEvent,
  type LineagePlaces,
  openLineage,
  type PipelinePlan,
} from '@medallion/pipeline';
import { type Answer, fine, type Surroundings } from '../answer.ts';

type Options = {
  readonly openlineage?: string | boolean | undefined;
  readonly send?: string | boolean | undefined;
  readonly runs?: string | boolean | undefined;
};

/** `medallion lineage`: where tables and columns come from, as text, data, or OpenLineage events. */
export async function lineage([name]: readonly string[], options: Options, around: Surroundings): Promise<Answer> {
  const plan = await loadPipeline(name as string);
  if (options.openlineage !== true && options.send === undefined && options.runs !== true) return declared(plan);
  const events = openLineage(plan, { at: systemClock.now(), ...placesIn(around.env) });
  const told = options.runs === true ? events.flatMap((event) => asRun(event, randomUUID())) : events;
  if (typeof options.send !== 'string')
    return fine(
      told,
      told.map((event) => JSON.stringify(event)),
    );
  for (const event of told) await post(urlOf(options.send), event, around.signal);
  return fine({ sent: told.length }, [`${told.length} events sent to ${urlOf(options.send).host}`]);
}

/** What the declarations say, for people and programs. */
function declared(plan: PipelinePlan): Answer {
  const { edges } = graphOf(plan);
  const origins = columnLineage(plan);
  const tables = plan.tables.map((table) => ({
    table: table.name,
    reads: edges.filter(({ to }) => to === table.name).map(({ from }) => from),
    columns: table.schema.fields.map((field) => ({
      column: field.name,
      from: origins.get(table.name)!.get(field.name)!,
    })),
  }));
  const lines = tables.flatMap(({ table, reads, columns }) => [
    `${table}  ◀ ${reads.join(', ')}`,
    ...columns
      .filter(({ from }) => from.length > 0)
      .map(
        ({ column, from }) =>
          `  ${column}  ${from.map((ref) => `${arrow[ref.how]} ${ref.table}.${ref.column}`).join(', ')}`,
      ),
  ]);
  return fine(tables, lines);
}

/** Taken over as it is, or computed from it. */
const arrow = { copied: '◀', computed: '∿' } as const;

function placesIn(env: Surroundings['env']): LineagePlaces {
  const { kafkaBrokers, databaseUrl } = localAddresses(env);
  const { hostname, port, pathname } = new URL(databaseUrl);
  return {
    broker: kafkaBrokers[0]!,
    database: { host: `${hostname}:${port === '' ? 5432 : port}`, name: decodeURIComponent(pathname.slice(1)) },
    landing: env.LANDING_URL || null,
  };
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new MedallionError('MED_CONFIG_INVALID', { problems: `--send: "${text}" is no http or https URL` });
  return url;
}

const SEND_TIMEOUT_MS = 10_000;

/** Sent again, an event says the same thing again: who is interrupted starts over. */
async function post(url: URL, event: LineageJobEvent, signal: AbortSignal): Promise<void> {
  const fail = (reason: string): MedallionError =>
    new MedallionError('MED_LINEAGE_REFUSED', { job: event.job.name, url: `${url.origin}${url.pathname}`, reason });
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
      signal: AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]),
    });
  } catch (error) {
    throw fail(messageOf(error));
  }
  if (!response.ok) throw fail(`${response.status} ${(await response.text()).slice(0, 200)}`.trim());
  await response.body?.cancel();
}
