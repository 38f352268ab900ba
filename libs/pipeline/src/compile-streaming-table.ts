import { days } from '@medallion/core';
import type { Field } from '@medallion/schema';
import type { Context } from './compile-context.ts';
import { compileFlows } from './compile-flows.ts';
import type { StreamingTableDeclaration } from './declaration.ts';
import { judgeDuration, judgeVersion } from './judge-options.ts';
import type { Report } from './mistakes.ts';
import { judgeTableName, quarantineTopicOf, topicOf } from './names.ts';
import type { FlowPlan, Layer, StreamingTablePlan } from './plan.ts';
import { commented, governanceOf, storageOf } from './settings.ts';

const RETENTION = days(7);

/** A streaming table as a plan without its hash. */
export function compileStreamingTable(declared: StreamingTableDeclaration, context: Context): StreamingTablePlan {
  const { report } = context;
  const topic = topicOf(context.pipeline, declared.name);
  const quarantineTopic = quarantineTopicOf(context.pipeline, declared.name);
  const retentionMs = declared.retentionMs ?? RETENTION;
  judgeTableName(declared.name, [topic, quarantineTopic], report);
  judgeVersion(declared.version, report);
  judgeDuration('retention', retentionMs, 1, report);

  const { flows, fields, eventTime, key } = compileFlows(declared.name, declared.flows, declared.operations, context);
  judgeQueryable(declared, fields, report);
  return {
    kind: 'streaming_table',
    name: declared.name,
    layer: declared.layer ?? layerOf(flows),
    comment: declared.comment,
    topic,
    quarantineTopic,
    flows,
    key: fields.some(({ name }) => name === key) ? key : null,
    schema: { name: declared.name, fields: commented(fields, declared, report) },
    eventTime,
    queryable: declared.queryable,
    retentionMs,
    storage: storageOf(declared, 'delete', fields, report),
    governance: governanceOf(declared, fields, report),
    version: declared.version,
    hash: '',
  };
}

/** What reads the outside is bronze. */
export const layerOf = (flows: readonly FlowPlan[]): Layer =>
  flows.every(({ source }) => source.kind === 'table') ? 'silver' : 'bronze';

function judgeQueryable(declared: StreamingTableDeclaration, fields: readonly Field[], report: Report): void {
  if (declared.queryable === null) {
    const { cleanup: _, ...inPostgres } = declared.storage;
    if (Object.keys(inPostgres).length > 0)
      report(
        'it says how its copy in Postgres is stored, and has none',
        'call .queryable() or .queryable({ partitionBy, retention }), or keep only `cleanup` in .storage()',
      );
    return;
  }
  const { partitionBy, retentionMs } = declared.queryable;
  if (partitionBy === null) return;
  const field = fields.find(({ name }) => name === partitionBy);
  if (field?.type.kind !== 'date' || field.nullable)
    report(`"${partitionBy}" cannot partition its copy`, 'choose a date column that is never null');
  judgeDuration("the copy's retention", retentionMs, 86_400_000, report);
}
