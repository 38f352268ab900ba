import type { Look, Violation, World } from '@medallion/testkit';
import { goldDifferences } from './gold-differences.ts';
import { drawOrders, drawSnapshots, ORDERS_TOPIC } from './inputs.ts';
import { logDifferences } from './log-differences.ts';
import { readOrdersLog } from './orders-log.ts';
import { ordersPlan } from './orders-plan.ts';

/** Orders that are joined with the newest snapshot of customers, and what is made of them. */
export const ordersWorld: World = {
  name: 'orders-streaming',
  plan: ordersPlan,
  inputs: [ORDERS_TOPIC],
  // Of its eight flows each has members of its own.
  size: { lengths: [10, 15, 30], instances: [1, 1, 2, 3] },
  records: drawOrders,
  files: drawSnapshots,
  isSettled: hasFoundLastFile,
  check,
};

/** Whether the log of snapshots names the file that landed last. */
function hasFoundLastFile({ scenario, ...look }: Look): boolean {
  const files = (scenario.files ?? []).toSorted((a, b) => a.atMs - b.atMs);
  const source = look.plan.tables.find(({ name }) => name === 'customer_mv');
  if (files.length === 0 || source?.kind !== 'keyed_table' || source.flow.source.kind !== 'snapshot') return true;
  const named = look.cluster.topic(source.flow.source.filesTopic)?.[0]?.archive ?? [];
  return named.some(({ value }) => JSON.parse(String(value)).version === `v${files.length - 1}`);
}

function check(look: Look): readonly Violation[] {
  const log = readOrdersLog(look);
  const isMigrated = look.database.leases.length > 0;
  return [...logDifferences(look, log), ...(isMigrated ? goldDifferences(look, log) : [])];
}
