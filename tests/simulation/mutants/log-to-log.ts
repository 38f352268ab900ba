import type { Mutant } from './mutant.ts';

const FLOW = 'libs/runtime/src/streaming/streaming-flow.ts';
const TASK = 'libs/runtime/src/streaming/table-task.ts';
const CHECKPOINT = 'libs/runtime/src/protocol/checkpoint.ts';
const START = 'libs/runtime/src/flows/start-streaming.ts';

/** Defects in what bronze-ingest and silver-enrich do. */
export const LOG_TO_LOG: readonly Mutant[] = [
  {
    name: 'checkpoint-before-acknowledgement',
    breaks: 'P4',
    file: FLOW,
    find: 'const stand = await this.#append(results);',
    replace: 'await this.#checkpointing.whenDue(); const stand = await this.#append(results);',
  },
  {
    name: 'failed-append-swallowed',
    breaks: 'P1, P7',
    file: FLOW,
    find: 'await this.#parts.appender.append(filled);',
    replace: 'await this.#parts.appender.append(filled).catch(() => filled.map(() => 0));',
  },
  {
    name: 'appender-not-renewed-after-unknown-fate',
    breaks: 'P7',
    file: START,
    find: 'const appender = await log.appender();',
    replace:
      'const kept = (globalThis.kept ??= new WeakMap()); const appender = kept.get(log) ?? (await log.appender()); kept.set(log, appender);',
  },
  {
    name: 'append-not-awaited',
    breaks: 'P1, P4',
    file: FLOW,
    find: 'const stand = await this.#append(results);',
    replace:
      'const stand = results.map(() => true); const before = this.underWay; this.underWay = (async () => { await before; await this.#append(results); })().catch(() => {});',
  },
  {
    name: 'last-batch-dropped-at-drain',
    breaks: 'F3, I4',
    file: FLOW,
    find: 'const stand = await this.#append(results);',
    replace: 'const stand = this.#checkpointing.draining ? results.map(() => true) : await this.#append(results);',
  },
  {
    name: 'checkpoint-one-too-far',
    breaks: 'P4',
    file: CHECKPOINT,
    find: 'return { offset: position.next, metadata };',
    replace: 'return { offset: position.next + 1, metadata };',
  },
  {
    name: 'coordinates-not-in-the-checkpoint',
    breaks: 'P3, P4',
    file: CHECKPOINT,
    find: 'c: position.coordinates.entries()',
    replace: 'c: {}',
  },
  {
    name: 'silver-takes-repetitions',
    breaks: 'P3',
    file: TASK,
    find: 'if (!this.#coordinates.isNew(coordinate)) {',
    replace: 'if (!this.#coordinates.isNew(coordinate) && coordinate.offset < 0) {',
  },
  {
    name: 'rows-of-a-round-in-another-order',
    breaks: 'P1, P3',
    file: FLOW,
    find: 'const records = result.after === undefined ? result.rows : [...result.rows, ...result.after];',
    replace: 'const records = result.rows.toReversed();',
    quick: true,
  },
  {
    name: 'key-goes-to-another-partition',
    breaks: 'P1',
    file: FLOW,
    find: 'return { topic, partition, records };',
    replace: 'return { topic, partition: results[0].batch.partition, records };',
  },
  {
    name: 'state-of-before-a-rebalance-kept',
    breaks: 'P4, P5',
    file: START,
    find: 'openTask: async (at, position) => {',
    replace: `get openTask() {
      const tasks = new Map();
      return async (at, position) => {
        if (!tasks.has(at.partition)) tasks.set(at.partition, await this.opened(at, position));
        tasks.get(at.partition).advanceTo(position.next);
        return tasks.get(at.partition);
      };
    },
    opened: async (at, position) => {`,
  },
  {
    name: 'duplicate-leaves-no-trace',
    breaks: 'I4',
    file: TASK,
    find: 'traces.push(this.#writer.trace(record, index, refusal));',
    replace: `if (refusal.outcome !== 'duplicate') traces.push(this.#writer.trace(record, index, refusal));`,
    quick: true,
  },
  {
    name: 'unparseable-record-passed-over',
    breaks: 'I4, T3',
    file: TASK,
    find: `if (!('row' in read)) return this.#refuse(record, 0, result, unread(read.outcome, read.reason));`,
    replace: `if (!('row' in read)) return null;`,
  },
  {
    name: 'dedupe-not-restored',
    breaks: 'P5',
    file: START,
    find: 'if (from !== null) await restore(task, at.partition, from);',
    replace: '',
  },
  {
    name: 'dedupe-restored-from-too-late',
    breaks: 'P4, P5',
    file: 'libs/operators/src/dedupe.ts',
    find: 'firstOffset < least',
    replace: 'firstOffset > least',
  },
  {
    name: 'dedupe-restores-what-is-behind-the-checkpoint',
    breaks: 'P5',
    file: TASK,
    find: 'if (coordinate.partition !== this.#at.partition || coordinate.offset >= this.#next) continue;',
    replace: 'if (coordinate.partition !== this.#at.partition) continue;',
  },
  {
    name: 'dedupe-forgets-too-early',
    breaks: 'D1',
    file: 'libs/operators/src/dedupe.ts',
    find: 'if (eventTime - this.#withinMs > this.#horizon) this.#moveHorizon(eventTime - this.#withinMs);',
    replace: 'if (eventTime - this.#withinMs / 20 > this.#horizon) this.#moveHorizon(eventTime - this.#withinMs / 20);',
  },
  {
    name: 'future-row-kept',
    breaks: 'W4',
    file: 'libs/runtime/src/streaming/row-steps.ts',
    find: 'if (isFuture(eventTime, row[AUDIT.ingestedAt] as Instant, step.maxFutureSkewMs))',
    replace: 'if (isFuture(eventTime, Infinity, step.maxFutureSkewMs))',
  },
  {
    name: 'future-row-moves-the-state',
    breaks: 'W4',
    file: 'libs/runtime/src/streaming/row-steps.ts',
    find: 'return [eventTimeStep(step)];',
    replace:
      'return [(row, trail) => { const ended = eventTimeStep(step)(row, trail); if (ended !== null) this.keep(row); return ended; }];',
  },
];
