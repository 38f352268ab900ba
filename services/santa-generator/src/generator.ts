import { type Instant, instant } from '@medallion/core';
import { damage } from './damage.ts';
import { createWorld, type Lane } from './deliveries.ts';
import type { Delivery } from './delivery.ts';
import { encode } from './encode.ts';
import { FAULT_KINDS, type FaultKind, type RecordKind } from './kinds.ts';
import { type GeneratorOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { createRandom, cumulate, type Random } from './random.ts';
import { createRecent } from './recent.ts';

/** A record of the topic `santa.deliveries.raw`, and what the generator knows about it. */
export type GeneratedRecord = {
  /** The delivery_id that was meant; null for the kind `null_key`. */
  readonly key: string | null;
  /** JSON in UTF-8, or the broken bytes, or null for a tombstone. */
  readonly value: Buffer | null;
  readonly kind: RecordKind;
  /** The event that was meant, before any fault was put into its bytes; null for a tombstone. */
  readonly event: Delivery | null;
  /** When it is emitted, on the time line of events: never before its own timestamp. Rises along the stream. */
  readonly dueAt: Instant;
};

/** A stream of records. Pure: it has no clock and does no I/O, and the same options give the same bytes. */
export interface Generator {
  /** The options in force, defaults included. */
  readonly options: ResolvedOptions;
  /** The next record; null after the last one. */
  next(): GeneratedRecord | null;
  /** The next `n` records, or fewer, or none, where the stream ends. */
  nextBatch(n: number): GeneratedRecord[];
}

/** A duplicate is at most so much younger than its original, in event time: within the ten minutes of the dedupe. */
const DUPLICATE_WITHIN_MS = 300_000;
/** Duplicates are of one of so many latest records. */
const RECENT = 64;
/** Out of order begins here: less would not be seen. */
const MIN_DISORDER_MS = 1_000;

/**
 * Makes a generator. Throws MED_CONFIG_INVALID.
 *
 * @example
 * const generator = createGenerator({ seed: 7, start: instant(Date.UTC(2025, 11, 24, 10)), events: 1_000 });
 * for (const { key, value } of generator.nextBatch(100)) console.log(key, value?.toString());
 */
export function createGenerator(given: GeneratorOptions): Generator {
  const options = resolveOptions(given);
  const random = createRandom(options.seed);
  const faults = createFaults(random.fork(), options);
  const emission = createEmission(options);
  const lanes = openLanes(random, options, emission.eventTime(0));
  const recent = createRecent<GeneratedRecord>(RECENT);
  let sent = 0;
  let newest = Number.NEGATIVE_INFINITY;

  const behind = (lane: Lane, at: Instant, lag: number): Delivery => lane.next(instant(Math.floor(at - lag)));

  const produce = (at: Instant, dueAt: Instant): GeneratedRecord => {
    const kind = faults.draw();
    switch (kind) {
      case 'duplicate': {
        const original = recent.pick(faults.random, (record) => dueAt - record.dueAt <= DUPLICATE_WITHIN_MS);
        if (original !== undefined) return { ...original, kind, dueAt };
        break; // nothing to repeat yet, or it was too long ago
      }
      case 'late': {
        const { min, max } = options.lateBy;
        const event = behind(lanes.late, at, faults.random.between(min, max));
        return intact(kind, event, dueAt);
      }
      case 'out_of_order': {
        const lowest = Math.min(MIN_DISORDER_MS, options.maxDisorder);
        const lag = faults.random.between(lowest, options.maxDisorder);
        // At so few records per minute that the newest is older than this one it would be in order: then it is.
        if (newest <= at - lag) break;
        return intact(kind, behind(lanes.disordered, at, lag), dueAt);
      }
      case 'valid':
        break;
      default: {
        const event = lanes.main.next(at);
        const value = damage(kind, event, faults.random);
        const key = kind === 'null_key' ? null : event.delivery_id;
        return { key, value, kind, event: value === null ? null : event, dueAt };
      }
    }
    newest = at;
    return intact('valid', lanes.main.next(at), dueAt);
  };

  const next = (): GeneratedRecord | null => {
    if (sent >= options.events) return null;
    const record = produce(emission.eventTime(sent), emission.dueAt(sent));
    sent++;
    if (record.kind === 'valid' || record.kind === 'out_of_order' || record.kind === 'late') recent.add(record);
    return record;
  };

  return {
    options,
    next,
    nextBatch(n) {
      const batch: GeneratedRecord[] = [];
      while (batch.length < n) {
        const record = next();
        if (record === null) break;
        batch.push(record);
      }
      return batch;
    },
  };
}

const intact = (kind: RecordKind, event: Delivery, dueAt: Instant): GeneratedRecord => ({
  key: event.delivery_id,
  value: encode(event),
  kind,
  event,
  dueAt,
});

/**
 * Late and disordered events are told by lanes of their own, whose time runs behind: so each delivery's events stay in
 * order among themselves, and the rates hold from the first record on.
 */
function openLanes(
  random: Random,
  options: ResolvedOptions,
  first: Instant,
): { main: Lane; disordered: Lane; late: Lane } {
  const { start, seed, ratePerSecond, speed, underWay } = options;
  const tag = runTag(seed, start);
  const world = createWorld(random.fork(), instant(start - options.lateBy.max), tag);
  const eventsPerMs = ratePerSecond / speed / 1_000;
  return {
    main: underWay ? world.openLaneUnderWay(first, eventsPerMs) : world.openLane(),
    disordered: world.openLane(),
    late: world.openLane(),
  };
}

/** Ids of two runs differ, also with the same seed at another time: otherwise one run's events would be duplicates. */
function runTag(seed: number, start: Instant): string {
  const digits = (n: number): string => (n >>> 0).toString(36).padStart(7, '0');
  const draw = createRandom(seed ^ createRandom(start ^ Math.floor(start / 2 ** 32)).below(2 ** 32));
  return digits(draw.below(2 ** 32));
}

/** Draws the kind of each record by the rates. */
function createFaults(random: Random, { rates }: ResolvedOptions): { random: Random; draw(): RecordKind } {
  const kinds: FaultKind[] = FAULT_KINDS.filter((kind) => (rates[kind] ?? 0) > 0);
  const cumulative = cumulate(kinds.map((kind) => rates[kind]!));
  const total = cumulative.at(-1) ?? 0;
  return {
    random,
    draw() {
      const at = random.uniform();
      if (at >= total) return 'valid';
      let index = 0;
      while (at >= cumulative[index]!) index++;
      return kinds[index]!;
    },
  };
}

/** When record `index` happens and when it is emitted: in a burst, all that happened since the last one. */
function createEmission({ start, ratePerSecond, speed, burst }: ResolvedOptions): {
  eventTime(index: number): Instant;
  dueAt(index: number): Instant;
} {
  const step = (1_000 * speed) / ratePerSecond;
  const every = burst * speed;
  const happens = (index: number): number => (every === 0 ? index * step : (index + 1) * step - every);
  return {
    eventTime: (index) => instant(start + Math.floor(happens(index))),
    dueAt: (index) =>
      instant(start + (every === 0 ? Math.floor(happens(index)) : Math.ceil(happens(index) / every) * every)),
  };
}
