const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** Kafka's murmur2 of a key's bytes, as a signed 32-bit number. */
export function murmur2(key: Uint8Array): number {
  const { length } = key;
  let h = SEED ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let k = key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | (key[at + 3]! << 24);
    k = Math.imul(k, M);
    k ^= k >>> R;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const rest = length - at;
  if (rest === 3) h ^= key[at + 2]! << 16;
  if (rest >= 2) h ^= key[at + 1]! << 8;
  if (rest >= 1) h = Math.imul(h ^ key[at]!, M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}

/**
 * The partition of a key, as Kafka's own clients choose it: so records of one key meet in one partition, whoever wrote
 * them.
 */
export const partitionOfKey = (key: Uint8Array, partitions: number): number => (murmur2(key) & 0x7fffffff) % partitions;
