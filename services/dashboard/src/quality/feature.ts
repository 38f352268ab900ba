import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type, { type Static, type TSchema } from 'typebox';
import { notFound } from '../business/problems.ts';
import {
  Cursor,
  EventPage,
  Expectation,
  ExpectationHistory,
  Limit,
  PIPELINE,
  QuarantinePage,
  RedrivePage,
  RedriveReport,
  RedriveRequest,
  RULE,
  StorableText,
  TABLE,
} from '../contract/index.ts';
import type { Feature, Parts } from '../parts.ts';
import { may } from '../security/who.ts';
import { eventPage } from './event-page.ts';
import { historyOf } from './expectation-history.ts';
import { expectationsOf } from './expectations.ts';
import { knownTables, tableNamed } from './known-tables.ts';
import { quarantinePage, quarantineTotal } from './quarantine-page.ts';
import { redrivePage } from './redrive-list.ts';
import { createRedrives, type RedriveParts } from './redrive-request.ts';
import { startRuleSampler } from './rule-sampler.ts';
import { createSharedAnswers } from './shared-answers.ts';

const OfPipeline = Type.Object({ pipeline: StorableText(200, PIPELINE) });
const REFUSING = { ...TABLE, examples: ['silver_santa_deliveries'] };
const Table = StorableText(200, REFUSING);
const Rule = StorableText(200, RULE);
const OfRule = Type.Object({ pipeline: StorableText(200, PIPELINE), table: Table, rule: Rule });
const Minutes = Type.Object({
  minutes: Type.Integer({ minimum: 10, maximum: 1_440, default: 60, description: 'The last so many minutes' }),
});
const Page = { cursor: Type.Optional(Cursor), limit: Limit(50, 200) };
const QuarantineQuery = Type.Object({
  table: Type.Optional(Table),
  rule: Type.Optional(Rule),
  outcome: Type.Optional(
    StorableText(50, { description: 'Why it was refused: violation, unparseable, late …', examples: ['violation'] }),
  ),
  ...Page,
});
const RedrivesQuery = Type.Object({ table: Type.Optional(Table), ...Page });
const EventsQuery = Type.Object({
  kind: Type.Optional(
    StorableText(100, { description: 'A kind of event; each page lists those that there are in `kinds`' }),
  ),
  subject: Type.Optional(StorableText(500, { description: 'What it happened to: a table, a partition, a person' })),
  ...Page,
});

/** An answer is the same for everybody for so long: pages that look at once cost one query. */
const SHARED_MS = 2_000;
/** A count of many rows for so long. */
const COUNT_MS = 5_000;
/** A history, whose buckets are minutes. */
const HISTORY_MS = 10_000;
/** A redrive ends by itself before. */
const REDRIVE_MS = 45_000;
const REDRIVE_BYTES = 1_048_576;

type Of<P extends TSchema, Q extends TSchema = TSchema, B extends TSchema = TSchema> = {
  Params: Static<P>;
  Querystring: Static<Q>;
  Body: Static<B>;
};

/** Rules and what broke them: expectations, quarantine, redrives and events of every pipeline. */
export function createQualityFeature(
  parts: Parts,
  { redrives: needs }: { readonly redrives: Omit<RedriveParts, 'clock' | 'log'> },
): Feature {
  const { reader, clock, log } = parts;
  const { query } = reader;
  const answers = createSharedAnswers(clock);
  const sampler = startRuleSampler({ query, clock, log });
  const redrives = createRedrives({ ...needs, clock, log });
  const tablesOf = (pipeline: string) => knownTables(answers, query, pipeline);
  const expectations = async (pipeline: string) => {
    await tablesOf(pipeline);
    return answers.of(`expectations ${pipeline}`, SHARED_MS, () => expectationsOf(query, pipeline, clock.now()));
  };
  const tags = ['operator'];

  const routes = (app: FastifyInstance): void => {
    app.get<Of<typeof OfPipeline>>(
      '/api/operator/:pipeline/expectations',
      {
        schema: {
          ...{ tags, summary: 'Every expectation of the pipeline, with its counts' },
          ...{ params: OfPipeline, response: { 200: Type.Array(Expectation) } },
        },
      },
      ({ params }) => expectations(params.pipeline),
    );

    app.get<Of<typeof OfRule, typeof Minutes>>(
      '/api/operator/:pipeline/expectations/:table/:rule/history',
      {
        schema: {
          ...{ tags, summary: 'How often a rule was broken, over time' },
          ...{ params: OfRule, querystring: Minutes, response: { 200: ExpectationHistory } },
        },
      },
      async ({ params: { pipeline, table, rule }, query: { minutes } }) => {
        const known = (await expectations(pipeline)).find((each) => each.table === table && each.rule === rule);
        if (known === undefined) throw notFound('rule', rule, `/api/operator/${pipeline}/expectations`);
        const of = { pipeline, table, rule, action: known.action, minutes };
        return answers.of(JSON.stringify(['history', of]), HISTORY_MS, () =>
          historyOf(query, sampler.samples, of, clock.now()),
        );
      },
    );

    app.get<Of<typeof OfPipeline, typeof QuarantineQuery>>(
      '/api/operator/:pipeline/quarantine',
      {
        schema: {
          ...{ tags, summary: 'Rows that were refused, with what they broke and where they came from' },
          ...{ params: OfPipeline, querystring: QuarantineQuery, response: { 200: QuarantinePage } },
        },
      },
      async (request) => {
        const { pipeline } = request.params;
        const { table, rule, outcome, cursor, limit } = request.query;
        const filter = { pipeline, table, rule, outcome };
        const tables = await tablesOf(pipeline);
        const page = { cursor, limit, bytes: isOperator(request) };
        const [rows, total] = await Promise.all([
          quarantinePage(query, filter, page, tables),
          answers.of(JSON.stringify(['quarantine', filter]), COUNT_MS, () => quarantineTotal(query, filter)),
        ]);
        return { ...rows, total };
      },
    );

    app.post<Of<typeof OfPipeline, TSchema, typeof RedriveRequest>>(
      '/api/operator/:pipeline/redrives',
      {
        config: { access: 'operator' },
        handlerTimeout: REDRIVE_MS,
        bodyLimit: REDRIVE_BYTES,
        schema: {
          ...{ tags, summary: 'Process quarantined rows again, or say what would become of them' },
          ...{ params: OfPipeline, body: RedriveRequest, response: { 200: RedriveReport } },
        },
      },
      async ({ params: { pipeline }, body, who }) => {
        const tables = await tablesOf(pipeline);
        tableNamed(tables, pipeline, body.table);
        const shown = tables.shownOf(body.table);
        return redrives.run({ pipeline, by: who?.user ?? 'unknown', request: body, shown });
      },
    );

    app.get<Of<typeof OfPipeline, typeof RedrivesQuery>>(
      '/api/operator/:pipeline/redrives',
      {
        schema: {
          ...{ tags, summary: 'What was processed again, by whom, and what became of it' },
          ...{ params: OfPipeline, querystring: RedrivesQuery, response: { 200: RedrivePage } },
        },
      },
      async ({ params: { pipeline }, query: { table, cursor, limit } }) => {
        await tablesOf(pipeline);
        return redrivePage(query, { pipeline, table }, { cursor, limit });
      },
    );

    app.get<Of<typeof OfPipeline, typeof EventsQuery>>(
      '/api/operator/:pipeline/events',
      {
        schema: {
          ...{ tags, summary: 'What happened to tables and leases, and what operators did' },
          ...{ params: OfPipeline, querystring: EventsQuery, response: { 200: EventPage } },
        },
      },
      async ({ params: { pipeline }, query: { kind, subject, cursor, limit } }) => {
        await tablesOf(pipeline);
        return eventPage(query, { pipeline, kind, subject }, { cursor, limit });
      },
    );
  };

  return {
    routes,
    channels: [],
    async close() {
      await sampler.close();
      await redrives.close();
    },
  };
}

const isOperator = ({ who }: FastifyRequest): boolean => who !== null && who !== undefined && may(who, 'operator');
