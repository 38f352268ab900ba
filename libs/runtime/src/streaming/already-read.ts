import { MedallionError } from '@medallion/core';
import type { PassLost } from '../decisions/pass-lost.ts';
import type { LogRecord, RecordLog, TopicPartition } from '../ports/index.ts';
import { coordinateOf } from '../protocol/coordinates.ts';
import type { FlowTarget } from './streaming-flow.ts';

/** So many of the last records of an output are looked at: repetitions may stand behind what is newest. */
const LAST_RECORDS = 1_000;

type ForeignInputParts = {
  readonly flow: string;
  readonly group: string;
  readonly at: TopicPartition;
  readonly passLost: PassLost;
};

/**
 * What a flow without a checkpoint looks at before it begins at the start (SPEC P8). Kafka forgets a group's checkpoints with
 * the topic that they are of, and when nobody asks for long. Where the flow's own output says that more was read than the
 * input holds now, or that the last record that was read had another key, this is another topic of the same name: its records
 * would be taken for repetitions, and skipped by all who read the table. Where the input begins after what was read, some is
 * gone unread.
 *
 * Not for changelogs: their `src` is a place in themselves, not in the input. There the ledger says it.
 *
 * @throws MED_LOG_RECREATED, MED_LOG_GAP
 */
export async function refuseForeignInput(
  log: Pick<RecordLog, 'partitions' | 'read'>,
  { topic, quarantineTopic }: FlowTarget,
  { flow, group, at, passLost }: ForeignInputParts,
): Promise<void> {
  const lasts = await Promise.all([topic, quarantineTopic].map((output) => lastRead(log, output, flow, at.partition)));
  const last = lasts.reduce((one, other) => (other.offset > one.offset ? other : one));
  if (last === NOTHING) return;
  const range = (await log.partitions(at.topic))?.find(({ partition }) => partition === at.partition);
  if (range === undefined) return;
  const { low, high } = range;
  const expected = last.offset + 1;
  const where = { topic: at.topic, partition: at.partition };
  if (expected > high || (await isAnother(log, where, last)))
    throw new MedallionError('MED_LOG_RECREATED', { ...where, high, expected });
  const next = expected < low ? await passLost(where, expected) : expected;
  if (next < low) throw new MedallionError('MED_LOG_GAP', { ...where, low, expected: next, group });
}

/** A record of the input, as an output tells of it: what is made of a record has its key. */
type Read = Pick<LogRecord, 'offset' | 'key'>;

const NOTHING: Read = { offset: -1, key: null };

/** The last record of a source partition that an output holds something of. */
async function lastRead(
  log: Pick<RecordLog, 'partitions' | 'read'>,
  topic: string,
  flow: string,
  partition: number,
): Promise<Read> {
  const own = (await log.partitions(topic))?.find((each) => each.partition === partition);
  if (own === undefined || own.high === own.low) return NOTHING;
  let last = NOTHING;
  for await (const records of log.read({ topic, partition }, Math.max(own.low, own.high - LAST_RECORDS)))
    for (const record of records) {
      const coordinate = coordinateOf(record);
      if (coordinate?.flow === flow && coordinate.partition === partition && coordinate.offset > last.offset)
        last = { offset: coordinate.offset, key: record.key };
    }
  return last;
}

/** Whether another record stands where one was read; not where it is gone, or one of the two tells nothing. */
async function isAnother(log: Pick<RecordLog, 'read'>, at: TopicPartition, { offset, key }: Read): Promise<boolean> {
  if (key === null) return false;
  for await (const [first] of log.read(at, offset))
    return first !== undefined && first.offset === offset && first.key !== null && !first.key.equals(key);
  return false;
}
