import { MedallionError } from '@medallion/core';
import type { Offset, RecordLog, TopicPartition } from '../ports/index.ts';
import { coordinateOf } from '../protocol/coordinates.ts';
import type { FlowTarget } from './streaming-flow.ts';

/** So many of the last records of an output are looked at: repetitions may stand behind what is newest. */
const LAST_RECORDS = 1_000;

/**
 * What a flow without a checkpoint looks at before it begins at the start (SPEC P8). Kafka forgets a group's checkpoints with
 * the topic that they are of, and when nobody asks for long. Where the flow's own output says that more was read than the
 * input holds now, this is another topic of the same name: its records would be taken for repetitions, and skipped by all who
 * read the table. Where the input begins after what was read, some is gone unread.
 *
 * Not for changelogs: their `src` is a place in themselves, not in the input. There the ledger says it.
 *
 * @throws MED_LOG_RECREATED, MED_LOG_GAP
 */
export async function refuseForeignInput(
  log: Pick<RecordLog, 'partitions' | 'read'>,
  { topic, quarantineTopic }: FlowTarget,
  { flow, group, at }: { readonly flow: string; readonly group: string; readonly at: TopicPartition },
): Promise<void> {
  const ends = await Promise.all([topic, quarantineTopic].map((output) => readTo(log, output, flow, at.partition)));
  const expected = Math.max(...ends);
  if (expected === 0) return;
  const range = (await log.partitions(at.topic))?.find(({ partition }) => partition === at.partition);
  if (range === undefined) return;
  const { low, high } = range;
  const where = { topic: at.topic, partition: at.partition };
  if (expected > high) throw new MedallionError('MED_LOG_RECREATED', { ...where, high, expected });
  if (expected < low) throw new MedallionError('MED_LOG_GAP', { ...where, low, expected, group });
}

/** The offset after the last record of a source partition that an output holds something of; 0 where nothing is found. */
async function readTo(
  log: Pick<RecordLog, 'partitions' | 'read'>,
  topic: string,
  flow: string,
  partition: number,
): Promise<Offset> {
  const own = (await log.partitions(topic))?.find((each) => each.partition === partition);
  if (own === undefined || own.high === own.low) return 0;
  let end = 0;
  for await (const records of log.read({ topic, partition }, Math.max(own.low, own.high - LAST_RECORDS)))
    for (const record of records) {
      const coordinate = coordinateOf(record);
      if (coordinate?.flow === flow && coordinate.partition === partition) end = Math.max(end, coordinate.offset + 1);
    }
  return end;
}
