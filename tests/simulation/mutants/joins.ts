import type { Mutant } from './mutant.ts';

const pipeline = 'orders-streaming';
const TABLES = 'libs/runtime/src/streaming/dimension-tables.ts';
const TABLE = 'libs/runtime/src/streaming/dimension-table.ts';
const START = 'libs/runtime/src/flows/start-streaming.ts';
const TASK = 'libs/runtime/src/streaming/table-task.ts';
const COORDINATES = 'libs/runtime/src/protocol/coordinates.ts';
const SNAPSHOT = 'libs/runtime/src/keyed/snapshot-writing.ts';

/** Defects in what rows are joined with, and in what becomes of rows whose verdicts depend on it; in snapshots too. */
export const JOINS: readonly Mutant[] = [
  {
    name: 'joined-table-not-read-from-its-start',
    breaks: 'J1',
    pipeline,
    file: TABLES,
    find: 'high > (this.#next.get(partition) ?? 0) && read(partition)',
    replace: 'false && read(partition)',
    quick: true,
  },
  {
    name: 'joined-table-not-followed',
    breaks: 'J1',
    pipeline,
    file: TABLES,
    find: 'this.#following ??= this.#follow();',
    replace: '',
  },
  {
    name: 'last-change-of-a-batch-not-joined',
    breaks: 'J1',
    pipeline,
    file: TABLES,
    find: 'this.table.take(partition, fresh, decoder);',
    replace: 'this.table.take(partition, fresh.slice(0, -1), decoder);',
  },
  {
    name: 'deleted-row-still-joined',
    breaks: 'J2',
    pipeline,
    file: TABLE,
    find: 'if (row === null) this.#rows.delete(key);',
    replace: 'if (row === null) return;',
    quick: true,
  },
  {
    name: 'inner-join-keeps-what-matches-nothing',
    breaks: 'J2',
    pipeline,
    file: 'libs/runtime/src/streaming/join-step.ts',
    find: "if (plan.type === 'inner') return FILTERED;",
    replace: '',
    quick: true,
  },
  {
    name: 'joined-rows-judged-anew-after-a-restart',
    breaks: 'P9, J4',
    pipeline,
    file: TASK,
    find: 'const fate = this.#fates?.of(record.offset, index) ?? null;',
    replace: 'const fate = null as Fate | null;',
  },
  {
    name: 'joined-rows-written-without-terms',
    breaks: 'P9, P10',
    pipeline,
    file: START,
    find: "steps.some(({ kind }) => kind === 'join' || ",
    replace: 'steps.some(({ kind }) => ',
  },
  {
    name: 'what-was-no-row-becomes-one',
    breaks: 'P9',
    pipeline,
    file: TASK,
    find: "if (stepped.kind === 'kept') return this.#refuse(record, index, result, unread('derive_failed', UNSETTLED));",
    replace: '',
  },
  {
    name: 'traces-of-a-joined-round-before-its-rows',
    breaks: 'P9',
    pipeline,
    file: START,
    find: "...(anew ? { order: 'rows first' } : {}),",
    replace: "...(anew ? { order: 'traces first' } : {}),",
  },
  {
    name: 'record-of-a-term-that-is-over-counted',
    breaks: 'P10',
    pipeline,
    file: COORDINATES,
    find: 'return term >= seen.term && (offset',
    replace: 'return (offset',
  },
  {
    name: 'own-term-taken-for-the-last',
    breaks: 'P10',
    pipeline,
    file: TASK,
    find: 'if (term === undefined) return true;',
    replace: 'return true;',
  },
  {
    name: 'customers-who-are-gone-stay',
    breaks: 'N1',
    pipeline,
    file: SNAPSHOT,
    find: 'if (before !== null && before === snapshot.known) return;',
    replace: 'return;',
    quick: true,
  },
  {
    name: 'broken-snapshot-counts-as-far-as-it-goes',
    breaks: 'N3',
    pipeline,
    file: SNAPSHOT,
    find: 'if (snapshot.broken) return (await this.#settle(snapshot)) ? 0 : null;',
    replace: '',
  },
];
