import { flowsOf, type KeyedTablePlan, type PipelinePlan, streamingTables } from '@medallion/pipeline';
import { groupOf } from '../gold/idleness.ts';
import type { Lease, Offset, RecordLog, TopicPartition } from '../ports/index.ts';
import { stands } from '../protocol/changelog.ts';
import { endIn, fromCheckpoint } from '../protocol/checkpoint.ts';
import { fromLedgerRecord, ledgerOf } from '../protocol/ledger.ts';
import { redrivenFlowsOf } from '../redrive/redriven-flow.ts';

/** Where a reader of a partition is, before where it has to be. */
export type Behind = TopicPartition & {
  /** A flow, or `gold`. */
  readonly reader: string;
  readonly at: Offset;
  readonly needs: Offset;
};

/** Up to where the readers of a partition must have come. */
export type Mark = TopicPartition & { readonly needs: Offset };

/** The leases of the gold layer, as far as this needs them. */
export type Reached = Pick<Lease, 'topic' | 'partition' | 'next'>;

/** Who has not read as far as these marks: flows by their checkpoints, the gold layer by its leases. */
export async function behind(
  log: RecordLog,
  plan: PipelinePlan,
  leases: readonly Reached[],
  marks: readonly Mark[],
): Promise<readonly Behind[]> {
  const found: Behind[] = [];
  const gold = goldTopics(plan);
  for (const [topic, wanted] of Map.groupBy(marks, (mark) => mark.topic)) {
    for (const flow of readersOf(plan, topic)) {
      const committed = await log.committed(groupOf(plan, flow), topic);
      for (const { partition, needs } of wanted) {
        const checkpoint = committed.get(partition);
        const at = checkpoint?.offset ?? 0;
        // A flow that ran once never reads what is behind its end.
        const last = Math.min(needs, endIn(checkpoint) ?? needs);
        if (at < last) found.push({ reader: flow, topic, partition, at, needs: last });
      }
    }
    if (gold.has(topic))
      for (const { partition, needs } of wanted) {
        const at = leases.find((lease) => lease.topic === topic && lease.partition === partition)?.next ?? 0;
        if (at < needs) found.push({ reader: 'gold', topic, partition, at, needs });
      }
  }
  return found;
}

/**
 * Whose state would be rebuilt from records before these marks of their own outputs: such records must stay. Flows that
 * dedupe, or that find out what they had written.
 */
export async function restoring(
  log: RecordLog,
  plan: PipelinePlan,
  marks: readonly Mark[],
): Promise<readonly Behind[]> {
  const found: Behind[] = [];
  for (const table of streamingTables(plan))
    for (const kind of ['topic', 'quarantineTopic'] as const) {
      const wanted = marks.filter(({ topic }) => topic === table[kind]);
      if (wanted.length === 0) continue;
      for (const flow of [...table.flows, ...redrivenFlowsOf(plan, table).map((each) => each.flow)]) {
        const group = groupOf(plan, flow.name);
        for (const topic of inputsOf(plan, flow.name)) {
          // Nothing was ever brought to a flow whose topic is not there.
          if ((await log.partitions(topic)) === null) continue;
          const committed = await log.committed(group, topic);
          for (const { partition, needs, topic: own } of wanted) {
            const checkpoint = committed.get(partition);
            if (checkpoint === undefined || flow.source.kind === 'files') continue;
            const { restoreFrom, outputs } = fromCheckpoint(checkpoint, group, { topic, partition });
            const from = [kind === 'topic' ? restoreFrom : null, kind === 'topic' ? outputs?.rows : outputs?.traces];
            const at = Math.min(...from.map((each) => each ?? Infinity));
            if (at < needs) found.push({ reader: flow.name, topic: own, partition, at, needs });
          }
        }
      }
    }
  for (const table of plan.tables) if (table.kind === 'keyed_table') found.push(...(await ledgered(log, table, marks)));
  return found;
}

/** The same of flows of keyed tables that join: their last ledger says from where their traces are read (SPEC L3). */
async function ledgered(log: RecordLog, table: KeyedTablePlan, marks: readonly Mark[]): Promise<readonly Behind[]> {
  const found: Behind[] = [];
  if (!table.flow.steps.some(({ kind }) => kind === 'join')) return found;
  for (const { topic, partition, needs } of marks.filter((mark) => mark.topic === table.quarantineTopic)) {
    const changelog = { topic: table.changelogTopic, partition };
    let at = 0;
    for await (const records of log.read(changelog, 0))
      for (const record of records)
        if (ledgerOf(record) === table.flow.name && stands(record, table.flow.name, changelog))
          at = fromLedgerRecord(record, changelog).traces;
    if (at < needs) found.push({ reader: table.flow.name, topic, partition, at, needs });
  }
  return found;
}

/** The topics that a flow reads. */
const inputsOf = (plan: PipelinePlan, flow: string): readonly string[] =>
  [...topicsOf(plan)].filter(([, readers]) => readers.includes(flow)).map(([topic]) => topic);

const readersOf = (plan: PipelinePlan, topic: string): readonly string[] => topicsOf(plan).get(topic) ?? [];

/** By topic, the flows that read it with a group of their own; topics of files are none of those that hold persons. */
function topicsOf(plan: PipelinePlan): ReadonlyMap<string, readonly string[]> {
  const readers = new Map<string, string[]>();
  const add = (topic: string, flow: string): void => void readers.set(topic, [...(readers.get(topic) ?? []), flow]);
  for (const table of plan.tables) {
    for (const { name, source } of flowsOf(table)) {
      if (source.kind === 'topic') add(source.topic, name);
      if (source.kind === 'table') add(streamingTables(plan).find((each) => each.name === source.table)!.topic, name);
    }
    for (const { flow, topic } of redrivenFlowsOf(plan, table)) add(topic, flow.name);
  }
  return readers;
}

const goldTopics = (plan: PipelinePlan): ReadonlySet<string> =>
  new Set(
    plan.tables.flatMap((table) => {
      if (table.kind === 'streaming_table') return [table.topic, table.quarantineTopic];
      return table.kind === 'keyed_table' ? [table.changelogTopic, table.quarantineTopic] : [];
    }),
  );
