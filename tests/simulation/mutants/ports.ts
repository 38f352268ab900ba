import type { Mutant } from './mutant.ts';

const DATABASE = 'libs/testkit/src/store/memory-database.ts';
const MEMBER = 'libs/testkit/src/simulation/sim-member.ts';

/** Defects in what the engine relies on: what its tables in Postgres and its client of Kafka promise. */
export const PORTS: readonly Mutant[] = [
  {
    name: 'lease-epoch-not-checked',
    breaks: 'I1',
    file: DATABASE,
    find: 'lease !== undefined && lease.epoch === epoch && lease.next === from',
    replace: 'lease !== undefined && lease.next === from',
  },
  {
    name: 'lease-offset-not-checked',
    breaks: 'I1',
    file: DATABASE,
    find: 'lease !== undefined && lease.epoch === epoch && lease.next === from',
    replace: 'lease !== undefined && lease.epoch === epoch',
  },
  {
    name: 'round-committed-though-a-partition-is-fenced',
    breaks: 'I1, G4',
    file: DATABASE,
    find: 'if (fenced.length > 0) return fenced',
    replace: 'if (fenced.length === commit.leases.length && fenced.length > 0) return fenced',
  },
  {
    name: 'final-point-not-checked',
    breaks: 'G1, I3',
    file: DATABASE,
    find: "if (!this.#finalIs(this.#assumed(commit))) return 'final_moved';",
    replace: '',
  },
  {
    name: 'final-by-the-fastest-partition',
    breaks: 'W5',
    file: DATABASE,
    find: 'Math.min(...awake)',
    replace: 'Math.max(...awake)',
  },
  {
    name: 'final-without-partitions-that-nobody-has-read',
    breaks: 'W5',
    file: DATABASE,
    find: 'const held = leases.length < partitions;',
    replace: 'const held = leases.length === 0;',
  },
  {
    name: 'gap-of-retention-skipped',
    breaks: 'P8',
    file: MEMBER,
    find: "if (expected < low) throw new MedallionError('MED_LOG_GAP', { ...place, low, expected, group });",
    replace: 'if (expected < low) { arguments[0].next = low; return; }',
  },
  {
    name: 'records-of-before-a-reopening-processed',
    breaks: 'P1, I2',
    file: MEMBER,
    find: "if (reader.state !== 'open' || part.from !== reader.next || readers.includes(reader)) continue;",
    replace: "if (reader.state !== 'open' || readers.includes(reader)) continue;",
  },
];
