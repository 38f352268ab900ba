import type { FlowPlan, KeyedTablePlan } from '@medallion/pipeline';
import { KeyedTask } from '../keyed/keyed-task.ts';
import type { FlowParts } from '../layer-parts.ts';
import type { RedrivenFlow } from '../redrive/redriven-flow.ts';
import type { RunningFlow } from '../supervise.ts';
import { inputOf, runStreaming } from './flow-input.ts';
import { keyedParts } from './keyed-parts.ts';
import { finishedFlow } from './running.ts';
import { startSnapshot } from './start-snapshot.ts';
import { decidedBy, joinedTables, readerOf, redrivenParts } from './start-streaming.ts';

/** source → decode → steps → changes by key → changelog; see KeyedTask. */
export async function startKeyed(
  table: KeyedTablePlan,
  flow: FlowPlan,
  parts: FlowParts,
  redriven: RedrivenFlow | null = null,
): Promise<RunningFlow> {
  if (flow.source.kind === 'snapshot') return startSnapshot(table, flow, flow.source, parts);
  const input = await inputOf(flow, parts, redriven);
  if (input === null) return finishedFlow();
  await parts.decisions.load();
  const tables = await joinedTables(flow, parts);
  const reader = await readerOf(table, flow, parts, redriven);
  // Records of the changelog have the same flow in their names, whoever writes them: its writers know each other by K1.
  const { openState, appender, ...keyed } = await keyedParts(table, redriven?.original ?? flow, parts);
  const decided = decidedBy(parts.decisions);
  const topic = table.changelogTopic;
  return runStreaming({ ...table, topic }, flow, input, parts, {
    reader,
    openTask: async (at, position) => {
      const opened = await openState({ topic, partition: at.partition }, position.restoreFrom);
      return new KeyedTask(
        table,
        flow,
        { ...keyed, ...opened, reader, tables, ...decided, ...redrivenParts(redriven) },
        at,
        position,
      );
    },
    appender,
  });
}
