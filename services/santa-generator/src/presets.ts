import { FAULT_KINDS, type FaultKind, type Rates } from './kinds.ts';

/** How well the sleighs behave. */
export type Quality = 'clean' | 'realistic' | 'hostile';

const spread = (share: number, kinds: readonly FaultKind[]): Rates =>
  Object.fromEntries(kinds.map((kind) => [kind, share / kinds.length]));

const TIMING: readonly FaultKind[] = ['duplicate', 'out_of_order', 'late'];
/** 900 KB each: only on request. */
const HEAVY: readonly FaultKind[] = ['oversized'];
const BAD = FAULT_KINDS.filter((kind) => !TIMING.includes(kind) && !HEAVY.includes(kind));

/** What goes wrong in practice; half a percent in all. */
const USUAL: readonly FaultKind[] = [
  'empty_delivery_id',
  'bad_timestamp',
  'bad_status',
  'bad_coordinates',
  'non_positive_gift_count',
  'unparseable',
  'wrong_type',
  'missing_field',
  'null_field',
  'extra_field',
];

/** The rates behind `--quality`. */
export const PRESETS: Readonly<Record<Quality, Rates>> = {
  /** Every record is valid and in order. */
  clean: {},
  /** 1 % duplicates, 2 % out of order, 0.3 % late, 0.5 % bad. */
  realistic: { duplicate: 0.01, out_of_order: 0.02, late: 0.003, ...spread(0.005, USUAL) },
  /** 5 % duplicates, 10 % out of order, 3 % late, and 10 % bad, of each kind as much. */
  hostile: { duplicate: 0.05, out_of_order: 0.1, late: 0.03, ...spread(0.1, BAD) },
};
