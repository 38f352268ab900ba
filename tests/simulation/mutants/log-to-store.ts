import type { Mutant } from './mutant.ts';

const GOLD = 'libs/runtime/src/gold/gold-flow.ts';
const JUDGE = 'libs/runtime/src/gold/judge-round.ts';
const PARTITION = 'libs/runtime/src/gold/partition.ts';

/** Defects in what gold-aggregate does. */
export const LOG_TO_STORE: readonly Mutant[] = [
  {
    name: 'lost-commit-reply-taken-for-committed',
    breaks: 'I1, I5',
    file: GOLD,
    find: 'if (!(error instanceof RowRefusedError)) throw error;',
    replace: `if (!(error instanceof RowRefusedError)) {
          for (const partition of judged.after) this.#partitions.set(keyOf(partition), partition);
          return;
        }`,
  },
  {
    name: 'lost-commit-reply-taken-for-not-committed',
    breaks: 'I1, I2',
    file: GOLD,
    find: 'if (!(error instanceof RowRefusedError)) throw error;',
    replace: `if (!(error instanceof RowRefusedError)) {
          for (const batch of left) {
            const [{ epoch, next }] = await this.#parts.store.acquire([at(batch)], this.#parts.owner);
            this.#partitions.set(keyOf(batch), { ...this.#partitions.get(keyOf(batch)), epoch, next });
          }
          continue;
        }`,
  },
  {
    name: 'fenced-round-taken-for-committed',
    breaks: 'I1, G4',
    file: GOLD,
    find: 'left = this.#fenced(left, outcome.partitions);',
    replace: `for (const partition of judged.after) this.#partitions.set(keyOf(partition), partition);
            return;`,
  },
  {
    name: 'neighbours-of-a-fenced-partition-dropped',
    breaks: 'G4',
    file: GOLD,
    find: 'left = this.#fenced(left, outcome.partitions);',
    replace: 'this.#fenced(left, outcome.partitions); left = [];',
  },
  {
    name: 'group-offset-ahead-of-the-lease',
    breaks: 'I5',
    file: GOLD,
    find: 'offset: next,',
    replace: 'offset: next + 1,',
    quick: true,
  },
  {
    name: 'group-offset-stored-before-the-commit',
    breaks: 'I5',
    file: GOLD,
    find: 'const outcome = await this.#parts.store.commit(judged.commit);\n        this.#parts.progress.made();',
    replace: `await this.#subscription?.commit(judged.after.map(({ topic, partition, next }) => ({ topic, partition, offset: next, metadata: '' }))).catch(() => {});
        const outcome = await this.#parts.store.commit(judged.commit);`,
  },
  {
    name: 'gold-takes-repetitions',
    breaks: 'P3, I2',
    file: JUDGE,
    find: 'else if (coordinates.advance(coordinate)) {',
    replace: 'else if (coordinates.advance(coordinate) || coordinate.offset >= 0) {',
  },
  {
    name: 'repetition-counted',
    breaks: 'I4',
    file: JUDGE,
    find: 'else if (coordinates.advance(coordinate)) {',
    replace: `else if (!coordinates.advance(coordinate)) this.#of(input, coordinate).accepted++;
      else {`,
  },
  {
    name: 'coordinates-not-in-the-lease',
    breaks: 'P3, P4',
    file: PARTITION,
    find: 'coordinates: after.coordinates.entries()',
    replace: 'coordinates: {}',
  },
  {
    name: 'watermark-not-taken-from-the-lease',
    breaks: 'W2, G1',
    file: PARTITION,
    find: 'watermark: lease.state.watermark,',
    replace: 'watermark: -8_640_000_000_000_000,',
  },
  {
    name: 'watermark-goes-back',
    breaks: 'W2, I3',
    file: 'libs/operators/src/watermark.ts',
    find: 'return reached > before ? reached : before;',
    replace: 'return reached;',
    quick: true,
  },
  {
    name: 'watermark-without-its-delay',
    breaks: 'W2',
    file: 'libs/operators/src/watermark.ts',
    find: 'const reached = (eventTime - delayMs) as Instant;',
    replace: 'const reached = eventTime;',
    quick: true,
  },
  {
    name: 'late-rule-off',
    breaks: 'W3, I3',
    file: 'libs/runtime/src/gold/view-measures.ts',
    find: 'if (measured.lateFor?.has(start) ?? isClosed(end, graceMs, measured.closedThrough)) {',
    replace: 'if (measured.lateFor?.has(start)) {',
  },
  {
    name: 'late-as-soon-as-behind-the-watermark',
    breaks: 'W3',
    file: 'libs/runtime/src/gold/view-measures.ts',
    find: 'if (measured.lateFor?.has(start) ?? isClosed(end, graceMs, measured.closedThrough)) {',
    replace: 'if (measured.lateFor?.has(start) ?? measured.eventTime < measured.closedThrough) {',
  },
  {
    name: 'late-by-the-watermark-alone',
    breaks: 'W3, I3',
    file: JUDGE,
    find: 'Math.max(watermark, this.#context.finalThrough.get(input.table.name) ?? NEVER) as Instant;',
    replace: 'watermark;',
  },
  {
    name: 'late-row-vanishes',
    breaks: 'W3, I4',
    file: 'libs/runtime/src/gold/view-measures.ts',
    find: "late(measured, start, end);\n      return 'late';\n    }\n    aggregate.add(start",
    replace: "return 'late';\n    }\n    aggregate.add(start",
    quick: true,
  },
  {
    name: 'quarantined-row-not-stored',
    breaks: 'I4',
    file: JUDGE,
    find: 'this.#quarantined.push(quarantinedTrace(input, record, trace, from));',
    replace: '',
    quick: true,
  },
  {
    name: 'split-round-loses-a-record',
    breaks: 'G3',
    file: 'libs/runtime/src/gold/split-round.ts',
    find: 'part(batch.records.slice(middle))]',
    replace: 'part(batch.records.slice(Math.min(middle + 1, batch.records.length - 1)))]',
  },
  {
    name: 'idle-at-once',
    breaks: 'W5, G2',
    file: 'libs/runtime/src/gold/idleness.ts',
    find: 'nowMs - lastRecordMs >= timeoutMs;',
    replace: 'nowMs - lastRecordMs >= 1_000;',
  },
  {
    name: 'idle-while-a-flow-before-is-behind',
    breaks: 'G2',
    file: 'libs/runtime/src/gold/idleness.ts',
    find: 'range !== undefined && caughtUp.has(partition) &&',
    replace: 'range !== undefined &&',
  },
  {
    name: 'idle-for-ever',
    breaks: 'W5',
    file: JUDGE,
    find: 'coordinates, idle: false };',
    replace: 'coordinates };',
  },
  {
    name: 'what-a-failover-lost-stays-lost',
    breaks: 'G7',
    file: 'libs/runtime/src/gold/lost-ground.ts',
    find: 'if ((stored.get(partition) ?? 0) < next)',
    replace: 'if ((stored.get(partition) ?? 0) < 0)',
  },
];
