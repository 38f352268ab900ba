import Type, { type Static } from 'typebox';
import { Column, Instant, Nullable, Row } from './common.ts';
import { Layer } from './tables.ts';

/**
 * How a table is, worst first: a flow of it stopped and needs a person; records wait and none is read; records wait longer
 * than they should; nothing waits, and nothing comes; records flow; its parts were never seen.
 */
export const TableState = Type.Union([
  Type.Literal('stopped'),
  Type.Literal('stalled'),
  Type.Literal('behind'),
  Type.Literal('silent'),
  Type.Literal('flowing'),
  Type.Literal('unknown'),
]);
export type TableState = Static<typeof TableState>;

/** What a person should know, with what to do. */
export const Trouble = Type.Object({
  severity: Type.Union([Type.Literal('error'), Type.Literal('warning')]),
  subject: Type.String({ description: 'A table, flow, service, topic or rule' }),
  code: Nullable(Type.String()),
  message: Type.String(),
  remedy: Nullable(Type.String()),
});
export type Trouble = Static<typeof Trouble>;

export const GraphNode = Type.Object({
  id: Type.String(),
  kind: Type.String({ description: 'topic, files, or the kind of a table' }),
  layer: Type.Union([Type.Literal('source'), Layer]),
  comment: Nullable(Type.String()),
  columns: Type.Integer(),
  rules: Type.Integer(),
});
export type GraphNode = Static<typeof GraphNode>;
export const GraphEdge = Type.Object({ source: Type.String(), target: Type.String(), flow: Nullable(Type.String()) });
export type GraphEdge = Static<typeof GraphEdge>;

/** The pipeline as a graph. `GET /api/operator/:pipeline/graph` */
export const Graph = Type.Object({ nodes: Type.Array(GraphNode), edges: Type.Array(GraphEdge) });
export type Graph = Static<typeof Graph>;

export const TableStatus = Type.Object({
  table: Type.String(),
  state: TableState,
  why: Type.String({ description: 'One sentence that says why it is in that state' }),
  rowsPerSecond: Nullable(Type.Number()),
  accepted: Nullable(Type.Integer()),
  quarantined: Nullable(Type.Integer()),
  lagRecords: Nullable(Type.Integer()),
  lagSeconds: Nullable(Type.Number()),
  watermark: Nullable(Instant),
  /** Since its newest row; `inherited` when an input is older, whose age then counts. */
  freshness: Nullable(
    Type.Object({
      seconds: Type.Number(),
      origin: Type.Union([Type.Literal('own'), Type.Literal('inherited')]),
      from: Nullable(Type.String({ description: 'The input that it is inherited from' })),
    }),
  ),
  judged: Type.Integer(),
  failed: Type.Integer(),
});
export type TableStatus = Static<typeof TableStatus>;

/** A process of a service, by its readiness and its metrics. */
export const ServiceStatus = Type.Object({
  service: Type.String(),
  url: Type.String(),
  state: Type.String({ description: 'ready, starting, draining, failing, unreachable' }),
  troubles: Type.Array(Trouble),
  recordsPerSecond: Nullable(Type.Number()),
});
export type ServiceStatus = Static<typeof ServiceStatus>;

/** Everything that moves on the operator's page. `GET /api/operator/:pipeline/status`, live channel `status` */
export const Status = Type.Object({
  at: Instant,
  state: TableState,
  tables: Type.Array(TableStatus),
  edges: Type.Array(
    Type.Object({
      source: Type.String(),
      target: Type.String(),
      recordsPerSecond: Nullable(Type.Number()),
      lagRecords: Nullable(Type.Integer()),
    }),
  ),
  services: Type.Array(ServiceStatus),
  troubles: Type.Array(Trouble),
});
export type Status = Static<typeof Status>;

/** `GET /api/operator/:pipeline/groups` */
export const Group = Type.Object({
  group: Type.String(),
  table: Nullable(Type.String()),
  state: Type.String(),
  members: Type.Array(
    Type.Object({ clientId: Type.String(), host: Type.String(), partitions: Type.Array(Type.String()) }),
  ),
  partitions: Type.Array(
    Type.Object({
      topic: Type.String(),
      partition: Type.Integer(),
      committed: Nullable(Type.Integer()),
      end: Type.Integer(),
      lag: Type.Integer(),
    }),
  ),
});
export type Group = Static<typeof Group>;

/** `GET /api/operator/:pipeline/leases` */
export const Lease = Type.Object({
  topic: Type.String(),
  partition: Type.Integer(),
  epoch: Type.Integer(),
  nextOffset: Type.Integer(),
  lag: Nullable(Type.Integer()),
  watermark: Nullable(Instant),
  idle: Type.Boolean(),
  owner: Type.String(),
  updatedAt: Instant,
});
export type Lease = Static<typeof Lease>;

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
    table: Type.String({ maxLength: 200 }),
    rule: Type.Optional(Type.String({ maxLength: 200 })),
    outcome: Type.Optional(Type.String({ maxLength: 50 })),
    places: Type.Optional(Type.Array(Place, { maxItems: 1_000 })),
    dryRun: Type.Boolean(),
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

/** `GET /api/operator/:pipeline/schemas` */
export const SubjectSchemas = Type.Object({
  subject: Type.String(),
  table: Type.String(),
  compatibility: Nullable(Type.String()),
  versions: Type.Array(
    Type.Object({
      version: Type.Integer(),
      id: Type.Integer(),
      schema: Type.Unknown(),
      changes: Type.Array(Type.String()),
    }),
  ),
});
export type SubjectSchemas = Static<typeof SubjectSchemas>;

/** `GET /api/operator/:pipeline/lineage?table=&column=`: of all tables, or what leads to and from one column. */
export const Lineage = Type.Object({
  tables: Type.Array(Type.Object({ source: Type.String(), target: Type.String(), kind: Type.String() })),
  columns: Type.Array(
    Type.Object({
      source: Type.String(),
      sourceColumn: Type.String(),
      target: Type.String(),
      targetColumn: Type.String(),
    }),
  ),
});
export type Lineage = Static<typeof Lineage>;

/** `GET /api/operator/:pipeline/tables/:table/preview?limit=`: newest rows, from Postgres or the end of its topic. */
export const Preview = Type.Object({
  table: Type.String(),
  from: Type.Union([Type.Literal('postgres'), Type.Literal('topic'), Type.Literal('nowhere')]),
  columns: Type.Array(Column),
  rows: Type.Array(Row),
  masked: Type.Array(Type.String()),
});
export type Preview = Static<typeof Preview>;
