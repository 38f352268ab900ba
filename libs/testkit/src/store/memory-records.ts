import type { CountDelta, LateRow, QuarantinedRow, TopicPartition } from '@medallion/runtime';
import type { Undo } from './memory-view.ts';

/** How what commits bring is kept in maps, by keys, with a way back. */

/** A partition as the key of a map. */
export const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}[${partition}]`;

/** A record may be refused by several flows of a table, and each of the rows that it was made into. */
export const placeOf = (row: QuarantinedRow): string =>
  `${row.table} ${keyOf(row)} ${row.offset} ${row.flow ?? ''} ${row.index ?? 0}`;

/** A late row is late once for each window. */
export const lateKey = (row: LateRow): string => `${row.view} ${keyOf(row)} ${row.offset} ${row.windowStart}`;

/** Adds all that one map has to another. */
export function copyInto<K, V>(to: Map<K, V>, from: ReadonlyMap<K, V>): void {
  for (const [key, value] of from) to.set(key, value);
}

/** Removes what is to be forgotten. */
export function forget<V>(map: Map<string, V>, isForgotten: (value: V) => boolean): void {
  for (const [key, value] of map) if (isForgotten(value)) map.delete(key);
}

/** What is there already stays. */
export function put<V>(map: Map<string, V>, key: string, value: V, undo: Undo[]): void {
  if (map.has(key)) return;
  map.set(key, value);
  undo.push(() => map.delete(key));
}

/** The key under which a count is kept, and how it is added to what is there. */
export function counting(count: CountDelta): { readonly key: string; readonly add: (to: CountDelta) => CountDelta } {
  if (count.kind === 'records')
    return {
      key: JSON.stringify([count.table, count.flow ?? '', count.partition, count.outcome]),
      add: (to) => ({ ...count, records: count.records + (to.kind === 'records' ? to.records : 0) }),
    };
  return {
    key: JSON.stringify([count.table, count.flow ?? '', count.partition, count.rule, count.action, 'rule']),
    add: (to) =>
      to.kind === 'rule'
        ? {
            ...count,
            judged: count.judged + to.judged,
            failed: count.failed + to.failed,
            dropped: count.dropped + to.dropped,
          }
        : count,
  };
}
