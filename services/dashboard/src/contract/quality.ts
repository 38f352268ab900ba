import Type, { type Static } from 'typebox';
import { Instant, Nullable, Row } from './common.ts';

/** `GET /api/operator/:pipeline/expectations` */
export const Expectation = Type.Object({
  table: Type.String(),
  rule: Type.String(),
  action: Type.String(),
  description: Type.String(),
  records: Type.Integer(),
  passed: Type.Integer(),
  failed: Type.Integer(),
  dropped: Type.Integer(),
  failedRate: Nullable(Type.Number()),
  /** Failed in each of the last 30 minutes, oldest first; empty where no row leaves a trace that says when. */
  recent: Type.Array(Type.Integer()),
});
export type Expectation = Static<typeof Expectation>;

/** `GET /api/operator/:pipeline/expectations/:table/:rule/history` */
export const ExpectationHistory = Type.Object({
  start: Type.Array(Instant),
  bucketSeconds: Type.Integer(),
  /** By the quarantine; of rules that leave rows where they are by what the dashboard has counted since it runs, else null. */
  failed: Type.Array(Nullable(Type.Integer())),
  /** By what the dashboard has counted since it runs; null before. */
  judged: Type.Array(Nullable(Type.Integer())),
});
export type ExpectationHistory = Static<typeof ExpectationHistory>;

/** The place of a row in the quarantine. */
export const Place = Type.Object({
  table: Type.String({ maxLength: 200 }),
  topic: Type.String({ maxLength: 300 }),
  partition: Type.Integer({ minimum: 0, maximum: 2_147_483_647 }),
  offset: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  flow: Type.String({ maxLength: 300 }),
  index: Type.Integer({ minimum: 0, maximum: 2_147_483_647 }),
});
export type Place = Static<typeof Place>;

export const QuarantinedRow = Type.Object({
  place: Place,
  outcome: Type.String(),
  reason: Type.String(),
  rules: Type.Array(Type.String()),
  violations: Type.Array(Row),
  recordedAt: Instant,
  ingestedAt: Instant,
  key: Nullable(Type.String()),
  /**
   * The bytes as text, cut where long; `base64:` and base64 where they are no text. Null where there are none. A viewer sees
   * rows of the quarantine without bytes, key and headers; an operator sees these too, where neither the table nor its inputs
   * have personal columns.
   */
  value: Nullable(Type.String()),
  cut: Type.Boolean(),
  headers: Type.Record(Type.String(), Type.String()),
  row: Nullable(Row),
  redrivenAt: Nullable(Instant),
  redrivenBy: Nullable(Type.String()),
});
export type QuarantinedRow = Static<typeof QuarantinedRow>;

/** `GET /api/operator/:pipeline/quarantine?table=&rule=&outcome=&cursor=&limit=` */
export const QuarantinePage = Type.Object({
  rows: Type.Array(QuarantinedRow),
  nextCursor: Nullable(Type.String()),
  total: Type.Integer({ description: 'Rows that match; counted up to 10,000' }),
});
export type QuarantinePage = Static<typeof QuarantinePage>;

/** `POST /api/operator/:pipeline/redrives`: rows of one table's quarantine, by rule, by place, or all of them. */
export const RedriveRequest = Type.Object(
  {
    table: Type.String({
      ...{ maxLength: 200, description: 'Whose quarantine', examples: ['silver_santa_deliveries'] },
    }),
    rule: Type.Optional(Type.String({ maxLength: 200, description: 'Rows that broke this rule alone' })),
    outcome: Type.Optional(Type.String({ maxLength: 50, description: 'Rows refused for this reason alone' })),
    places: Type.Optional(Type.Array(Place, { maxItems: 1_000, description: 'These rows alone' })),
    dryRun: Type.Boolean({ description: 'Judge the rows, and write nothing', examples: [true] }),
  },
  { additionalProperties: false },
);
export type RedriveRequest = Static<typeof RedriveRequest>;

/** What a redrive did, or would do: the diff is by row, as it is and as it would be. */
export const RedriveReport = Type.Object({
  dryRun: Type.Boolean(),
  chosen: Type.Integer(),
  more: Type.Boolean(),
  flows: Type.Array(Type.Object({ flow: Type.String(), topic: Type.String(), records: Type.Integer() })),
  left: Type.Array(Type.Object({ why: Type.String(), records: Type.Integer() })),
  sent: Type.Integer(),
  judged: Type.Array(
    Type.Object({
      flow: Type.String(),
      records: Type.Integer(),
      kept: Type.Integer(),
      filtered: Type.Integer(),
      stops: Type.Integer(),
      refused: Type.Record(Type.String(), Type.Integer()),
      rules: Type.Record(Type.String(), Type.Integer()),
    }),
  ),
  rows: Type.Array(Type.Object({ place: Place, before: Type.String(), after: Type.String(), row: Nullable(Row) })),
});
export type RedriveReport = Static<typeof RedriveReport>;

/** What was redriven, newest first. `GET /api/operator/:pipeline/redrives?table=&cursor=&limit=` */
export const RedrivePage = Type.Object({
  redrives: Type.Array(
    Type.Object({
      id: Type.Integer(),
      place: Place,
      requestedBy: Type.String(),
      requestedAt: Instant,
      sentAt: Nullable(Instant),
      /** Not yet in its topic; given to its flow, which has not refused it (again); refused again. */
      state: Type.Union([Type.Literal('waiting'), Type.Literal('sent'), Type.Literal('refused')]),
      outcome: Nullable(Type.String({ description: 'Why it was refused again' })),
      rules: Type.Array(Type.String()),
    }),
  ),
  nextCursor: Nullable(Type.String()),
});
export type RedrivePage = Static<typeof RedrivePage>;

/** `GET /api/operator/:pipeline/events?kind=&subject=&cursor=&limit=` */
export const EventPage = Type.Object({
  events: Type.Array(
    Type.Object({
      id: Type.Integer(),
      at: Instant,
      kind: Type.String(),
      subject: Type.String(),
      code: Nullable(Type.String()),
      remedy: Nullable(Type.String()),
      detail: Row,
    }),
  ),
  kinds: Type.Array(Type.String()),
  nextCursor: Nullable(Type.String()),
});
export type EventPage = Static<typeof EventPage>;
