import type { PartitionBatch, Round } from '../ports/index.ts';

/** Two rounds that, one after the other, are the given one; null for a single record. */
export function splitRound(round: Round): readonly [Round, Round] | null {
  if (round.length > 1) {
    const middle = Math.ceil(round.length / 2);
    return [round.slice(0, middle), round.slice(middle)];
  }
  const [batch] = round;
  if (batch === undefined || batch.records.length < 2) return null;
  const middle = Math.ceil(batch.records.length / 2);
  const part = (records: PartitionBatch['records']): Round => [{ ...batch, records }];
  return [part(batch.records.slice(0, middle)), part(batch.records.slice(middle))];
}
