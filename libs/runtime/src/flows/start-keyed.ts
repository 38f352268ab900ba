import type { FlowPlan, KeyedTablePlan } from '@medallion/pipeline';
import { KeyedTask } from '../keyed/keyed-task.ts';
import type { FlowParts } from '../layer-parts.ts';
import { firstLedger } from '../protocol/ledger.ts';
import type { RedrivenFlow } from '../redrive/redriven-flow.ts';
import type { RunningFlow } from '../supervise.ts';
import { inputOf, runStreaming } from './flow-input.ts';
import { keyedParts } from './keyed-parts.ts';
import { finishedFlow } from './running.ts';
import { startSnapshot } from './start-snapshot.ts';
import { decidedBy, joinedTables, lossesOf, mayJudgeAnew, readerOf, redrivenParts } from './start-streaming.ts';

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
  const { openState, appender, ...keyed } = await keyedParts(table, flow, parts);
  const decided = decidedBy(parts.decisions);
  const anew = redriven !== null || mayJudgeAnew(flow);
  const { changelogTopic: topic, quarantineTopic } = table;
  return runStreaming({ ...table, topic }, flow, input, parts, {
    reader,
    passLost: lossesOf(flow, parts),
    order: anew ? 'rows first' : 'traces first',
    openTask: async (at, position) => {
      const fence = anew ? firstLedger(flow.name, position) : null;
      const opened = await openState({ topic, partition: at.partition }, position.restoreFrom, fence);
      const { fates } = opened;
      const { log, clock } = parts;
      const next = fates.ledger?.next ?? position.next;
      if (anew) await fates.readTraces({ log, clock, appender, partition: at.partition }, quarantineTopic, next);
      const taskParts = { ...keyed, ...opened, reader, tables, ...decided, ...redrivenParts(redriven) };
      return new KeyedTask(table, flow, taskParts, at, position);
    },
    appender,
  });
}
