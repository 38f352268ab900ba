import { milliseconds } from '@medallion/core';
import {
  AUDIT,
  type FlowPlan,
  type KeyedTablePlan,
  type PipelinePlan,
  type StreamingTablePlan,
  VALIDITY,
} from '@medallion/pipeline';
import { type AnyRow, boolean, type Field, fieldsOf, long, nullable, string, timestamp } from '@medallion/schema';

/** Plans of keyed tables of both types over one stream of changes, as the language would make them. */

const CHANGE = fieldsOf({
  id: nullable(string()),
  seq: nullable(long()),
  gone: nullable(boolean()),
  name: nullable(string()),
  note: nullable(string()),
});
const AUDITED: readonly Field[] = [
  ...CHANGE,
  ...fieldsOf({ [AUDIT.ingestedAt]: timestamp(), [AUDIT.partition]: long() }),
];
const storage = { clusterBy: [], fillfactor: null, autovacuum: {}, cleanup: 'delete' } as const;
const governance = { tags: {}, personal: [] };
const common = { comment: null, storage, governance, version: 1, hash: '' };

export const RAW = 'keyed.raw';

const flow = (name: string, source: FlowPlan['source']): FlowPlan => ({
  name,
  source,
  views: [],
  steps: [],
  once: false,
});

export const changes: StreamingTablePlan = {
  kind: 'streaming_table',
  name: 'changes',
  layer: 'bronze',
  topic: 'keyed.changes',
  quarantineTopic: 'keyed.changes.quarantine',
  flows: [
    flow('changes', {
      kind: 'topic',
      topic: RAW,
      format: 'json',
      key: 'id',
      declared: { name: 'Change', fields: CHANGE },
    }),
  ],
  key: 'id',
  schema: { name: 'changes', fields: AUDITED },
  eventTime: null,
  queryable: null,
  retentionMs: milliseconds(86_400_000),
  ...common,
};

const rows: readonly Field[] = fieldsOf({
  id: string(),
  seq: long(),
  name: nullable(string()),
  note: nullable(string()),
});

/** A table of either type; `note` and `seq` are not tracked. */
export const keyedTable = (storedAs: 1 | 2, more: Partial<KeyedTablePlan> = {}): KeyedTablePlan => ({
  kind: 'keyed_table',
  name: `table_${storedAs}`,
  layer: 'silver',
  changelogTopic: `keyed.table_${storedAs}.changelog`,
  quarantineTopic: `keyed.table_${storedAs}.quarantine`,
  flow: flow(`table_${storedAs}`, { kind: 'table', table: 'changes' }),
  keys: ['id'],
  sequenceBy: 'seq',
  deletes: { text: 'gone', test: (row: AnyRow) => row.gone === true },
  storedAs,
  tracked: storedAs === 2 ? ['name'] : [],
  tombstoneRetentionMs: milliseconds(86_400_000),
  schema: {
    name: `table_${storedAs}`,
    fields:
      storedAs === 1 ? rows : [...rows, ...fieldsOf({ [VALIDITY.from]: long(), [VALIDITY.to]: nullable(long()) })],
  },
  ...common,
  ...more,
});

export const keyedPipeline = (...tables: readonly KeyedTablePlan[]): PipelinePlan => ({
  name: 'keyed',
  schemaName: 'keyed',
  mode: 'continuous',
  development: false,
  tables: [changes, ...tables],
});

/** The same pipeline under another name, with topics of its own. */
export function renamed(plan: PipelinePlan, name: string): PipelinePlan {
  const own = (topic: string) => topic.replace(/^keyed\./, `${name}.`);
  const tables = plan.tables.map((table) => {
    if (table.kind === 'keyed_table')
      return { ...table, changelogTopic: own(table.changelogTopic), quarantineTopic: own(table.quarantineTopic) };
    return table.kind === 'streaming_table'
      ? {
          ...table,
          topic: own(table.topic),
          quarantineTopic: own(table.quarantineTopic),
          flows: table.flows.map((each) =>
            each.source.kind === 'topic'
              ? { ...each, source: { ...each.source, topic: own(each.source.topic) } }
              : each,
          ),
        }
      : table;
  });
  return { ...plan, name, tables };
}
