import lakeflow from '@medallion/lakeflow-customers';
import { flowsOf } from '@medallion/pipeline';
import type { Look, Violation, World } from '@medallion/testkit';
import { STREAMS } from '../../oracle/lakeflow-streams.ts';
import { goldDifferences } from './gold-differences.ts';
import { drawFiles, drawOrders, ORDERS_TOPIC } from './inputs.ts';
import { logDifferences } from './log-differences.ts';
import { entriesOf } from './raw-rows.ts';
import { streamRows } from './stream-rows.ts';

/** Customers, addresses with their history, orders, and the view over the three of them. */
export const lakeflowWorld: World = {
  name: 'lakeflow-customers',
  plan: lakeflow,
  inputs: [ORDERS_TOPIC],
  records: drawOrders,
  files: drawFiles,
  isSettled: hasFoundAllFiles,
  check,
};

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
