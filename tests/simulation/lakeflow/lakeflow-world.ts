import lakeflow from '@medallion/lakeflow-customers';
import { type FlowPlan, flowsOf, type PipelinePlan } from '@medallion/pipeline';
import type { Look, Violation, World } from '@medallion/testkit';
import { STREAMS } from '../../oracle/lakeflow-streams.ts';
import { logDifferences } from '../streams/log-differences.ts';
import { entriesOf } from '../streams/raw-rows.ts';
import { streamRows } from '../streams/stream-rows.ts';
import { goldDifferences } from './gold-differences.ts';
import { drawFiles, drawOrders, ORDERS_TOPIC } from './inputs.ts';

/** Customers, addresses with their history, orders, and the view over the three of them. */
export const lakeflowWorld: World = {
  name: 'lakeflow-customers',
  plan: ofPartitions(lakeflow, 2),
  inputs: [ORDERS_TOPIC],
  // Of its ten flows each has members of its own: what may happen in a minute does in half of it.
  size: { lengths: [10, 20, 40], instances: [1, 1, 2, 3] },
  records: drawOrders,
  files: drawFiles,
  isSettled: hasFoundAllFiles,
  check,
};

/** The same pipeline with so many partitions of each table of files: two are as good as four, and half as much to do. */
function ofPartitions(plan: PipelinePlan, partitions: number): PipelinePlan {
  const divided = (flow: FlowPlan): FlowPlan =>
    flow.source.kind === 'files' ? { ...flow, source: { ...flow.source, partitions } } : flow;
  const tables = plan.tables.map((table) =>
    table.kind === 'streaming_table' ? { ...table, flows: table.flows.map(divided) } : table,
  );
  return { ...plan, tables };
}

/** Whether every file that landed is named in the log of its folder. */
function hasFoundAllFiles(look: Look): boolean {
  const landed = new Set(look.scenario.files?.map(({ path }) => path));
  const sources = look.plan.tables.flatMap(flowsOf).map(({ source }) => source);
  for (const source of sources)
    if (source.kind === 'files') for (const { path } of entriesOf(look, source.filesTopic)) landed.delete(path);
  return landed.size === 0;
}

function check(look: Look): readonly Violation[] {
  const all = STREAMS.map((stream) => streamRows(look, stream));
  const isMigrated = look.database.leases.length > 0;
  return [...all.flatMap((rows) => logDifferences(look, rows)), ...(isMigrated ? goldDifferences(look, all) : [])];
}
