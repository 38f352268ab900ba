import { userInfo } from 'node:os';
import { MedallionError, systemClock } from '@medallion/core';
import { loadPipeline } from '@medallion/host';
import { decide, type TopicPartition } from '@medallion/runtime';
import { type Answer, fine, type Surroundings } from '../answer.ts';
import { withLog } from '../connect.ts';

type Flags = {
  readonly reason?: string | boolean | undefined;
  readonly by?: string | boolean | undefined;
  readonly allowLoss?: string | boolean | undefined;
};

/** `medallion resume`: a stopped flow tries again, after what stopped it was mended. */
export const resume = (args: readonly string[], flags: Flags, around: Surroundings): Promise<Answer> =>
  decided('resume', args, flags, around);

/** `medallion skip`: the record that stopped a flow goes to quarantine, or lost ones are passed over, and the flow goes on. */
export const skip = (args: readonly string[], flags: Flags, around: Surroundings): Promise<Answer> =>
  decided('skip', args, flags, around);

async function decided(
  decision: 'resume' | 'skip',
  [name, flow, place]: readonly (string | undefined)[],
  flags: Flags,
  around: Surroundings,
): Promise<Answer> {
  const plan = await loadPipeline(name as string);
  const at = place === undefined ? null : placeOf(place);
  const by = typeof flags.by === 'string' ? flags.by : userInfo().username;
  const reason = typeof flags.reason === 'string' ? flags.reason : '';
  const allowLoss = flags.allowLoss === true;
  const lost = await withLog(around, (log) =>
    decide(log, plan, systemClock.now(), { flow: flow as string, at, decision, allowLoss, by, reason }),
  );
  const what =
    lost !== null
      ? `${lost.to - lost.from} records that are gone, from offset ${lost.from} up to ${lost.to}, will be passed over, and ${flow} goes on`
      : decision === 'skip'
        ? `${place} will be put in quarantine, and ${flow} goes on`
        : `${flow} tries again`;
  return fine({ pipeline: plan.name, flow, at, decision, lost, by, reason }, [
    `${what} within seconds, where it is stopped.`,
  ]);
}

/** A place as messages name it: `topic:partition:offset`, or `topic[partition]@offset`. */
function placeOf(text: string): TopicPartition & { readonly offset: number } {
  const found = /^(.+?)(?::(\d+):(\d+)|\[(\d+)\]@(\d+))$/.exec(text);
  if (found === null)
    throw new MedallionError('MED_CONFIG_INVALID', { problems: `"${text}" is not topic:partition:offset` });
  const [, topic, partition, offset, otherPartition, otherOffset] = found;
  return {
    topic: topic as string,
    partition: Number(partition ?? otherPartition),
    offset: Number(offset ?? otherOffset),
  };
}
