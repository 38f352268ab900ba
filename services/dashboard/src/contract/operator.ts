import Type, { type Static } from 'typebox';
import { Instant, Nullable } from './common.ts';
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
