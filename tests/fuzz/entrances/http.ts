import assert from 'node:assert/strict';
import { type ErrorCode, errors } from '@medallion/core';
import { createDashboardReader } from '@medallion/postgres';
import { ownDatabase } from '../../dashboard/support/own-database.ts';
import { eventsOf, keepNight } from '../../dashboard/support/santa-night.ts';
import { entrance, type Fuzzed } from '../engine/fuzz.ts';
import type { Journal } from '../engine/journal.ts';
import { MARKER } from '../hostile/marker.ts';
import { type Asked, chosenIn, type Injected, injected, PIPELINE, request, TABLE } from '../hostile/requests.ts';
import { type Dashboard, type OpenReader, openDashboard } from './dashboard.ts';
import { somePostgres } from './some-postgres.ts';

type Answered = {
  readonly statusCode: number;
  readonly payload: string;
  readonly headers: Readonly<Record<string, unknown>>;
};
type Inject = (options: Injected) => Promise<Answered>;

const NIGHT = { seed: 11, events: 400, partitions: 2, ratePerSecond: 0.4, quality: 'realistic' } as const;
/** Nobody's statement over so few rows takes so long. */
const STATEMENT_MS = 20_000;
/** So many statements there are, whatever is asked: filters and orders of columns are parts of them. */
const MOST_STATEMENTS = 500;
/** Shorter texts stand in a statement by chance, and so do names of the table. */
const LEAST_CHOSEN = 5;
/** Names that statements have of themselves. */
const OWN: ReadonlySet<string> = new Set([TABLE, PIPELINE, 'window_start', 'constructor']);
/** In the fate of a request that had the database asked, with values of its own. */
const REACHED = ' with a statement';

/** With codes of the catalogue where they have one; a status of 500 is a crash, and a 503 says what is away. */
function check(status: number, type: string, text: string, journal: Journal): void {
  assert.ok(
    status !== 500 && status < 600,
    `a crash: ${status} ${text.slice(0, 300)} ${journal.lines.at(-1)?.slice(0, 900) ?? ''}`,
  );
  // Pages say it in HTML.
  if (status < 400 || type.startsWith('text/html')) return;
  const problem = JSON.parse(text) as { readonly status: number; readonly code?: string };
  assert.equal(problem.status, status);
  if (problem.code !== undefined) assert.ok((problem.code as ErrorCode) in errors, problem.code);
  assert.ok(!/\n\s+at /.test(text), 'a stack is nobody’s business');
}

/** Statements are written by us alone: what was asked for is never a part of one. */
function checkStatements(dashboard: Dashboard, each: Asked): void {
  const chosen = chosenIn(each).filter((text) => text.length >= LEAST_CHOSEN && !OWN.has(text));
  for (const sql of dashboard.statements.ofRequest) {
    const part = chosen.find((text) => sql.includes(text));
    assert.ok(part === undefined && !sql.includes(MARKER), `SQL of a value, ${part}: ${sql.slice(0, 300)}`);
  }
}

/** The database of a night, with the tables and copies of all layers. */
async function openNight(): Promise<OpenReader> {
  const postgres = await somePostgres();
  const database = await ownDatabase(postgres.databaseUrl, 'fuzz');
  await keepNight(database.databaseUrl, eventsOf(NIGHT), NIGHT.partitions);
  const reader = createDashboardReader({ databaseUrl: database.databaseUrl, statementMs: STATEMENT_MS });
  return {
    reader,
    async close() {
      await reader.close();
      await database.drop();
      await postgres.close();
    },
  };
}

let opened: Promise<Dashboard> | null = null;

export const http = entrance({
  name: 'http',
  about:
    'requests to the dashboard, on a real Postgres: every route, its parameters, cursors, headers, cookies, bodies',
  cases: request,
  together: 40,
  async judge(batch, journal) {
    // One for all cases of a run: what one leaves behind must not matter to the next.
    opened ??= openNight().then((night) => openDashboard(night, journal));
    const dashboard = await opened;
    const { app, routes, statements } = dashboard;
    for (const each of batch) {
      statements.begin();
      const answer = await (app.inject.bind(app) as unknown as Inject)(injected(routes, each));
      const { statusCode, payload, headers } = answer;
      if (headers['content-encoding'] === undefined)
        check(statusCode, String(headers['content-type']), payload, journal);
      assert.ok(!String(headers['set-cookie'] ?? '').includes(MARKER), 'a header that was sent came back as a cookie');
      checkStatements(dashboard, each);
      journal.met(statements.ofRequest.length > 0 ? `${statusCode}${REACHED}` : String(statusCode));
    }
    const { size } = statements.texts;
    assert.ok(size < MOST_STATEMENTS, `${size} statements: some are made of values`);
  },
  async close() {
    await (await opened)?.close();
    opened = null;
  },
});

/** Which part of the requests had the database asked: of the others it says nothing that no SQL is made of their values. */
export function reachedShare({ cases, fates }: Fuzzed): number {
  let reached = 0;
  for (const [fate, met] of fates) if (fate.endsWith(REACHED)) reached += met;
  return reached / cases;
}
