import type { Mutant } from './mutant.ts';

const pipeline = 'lakeflow-customers';
const FLOW = 'libs/runtime/src/files/files-flow.ts';

/** Defects in how files become rows. */
export const FILES: readonly Mutant[] = [
  {
    name: 'file-named-twice-is-read-twice',
    breaks: 'S1, S2',
    pipeline,
    file: 'libs/runtime/src/files/file-log.ts',
    find: 'return entry !== null && this.#add(entry) ? entry : null;',
    replace: 'if (entry !== null) this.#add(entry); return entry;',
  },
  {
    name: 'file-taken-while-it-is-written',
    breaks: 'S3',
    pipeline,
    file: 'libs/testkit/src/simulation/sim-files.ts',
    find: 'files: files.filter((file) => !this.#settling.has(file.path)),',
    replace: 'files,',
    quick: true,
  },
  {
    name: 'row-of-a-file-stays-with-its-reader',
    breaks: 'S10',
    pipeline,
    file: 'libs/runtime/src/files/file-round.ts',
    find: 'const to = row.key === null ? at.partition : partitionOfKey(row.key, partitions);',
    replace: 'const to = at.partition;',
    quick: true,
  },
  {
    name: 'chunk-checkpointed-before-its-acknowledgement',
    breaks: 'P4, S11',
    pipeline,
    file: FLOW,
    find: 'if (batches.length > 0) await appender.append(batches);',
    replace:
      'for (const { open, after } of outcomes) open.partition.acknowledged(after); await this.#checkpoint(); if (batches.length > 0) await appender.append(batches);',
  },
  {
    name: 'failed-append-of-a-chunk-swallowed',
    breaks: 'P1, P7',
    pipeline,
    file: FLOW,
    find: 'if (batches.length > 0) await appender.append(batches);',
    replace: 'if (batches.length > 0) await appender.append(batches).catch(() => {});',
  },
  {
    name: 'checkpoint-of-files-stored-once',
    breaks: 'P6',
    pipeline,
    file: FLOW,
    find: 'if (this.#storeAgain.take()) for (const open of this.#open.values()) open.stored = null;',
    replace: '',
  },
  {
    name: 'rows-numbered-anew-after-a-restart',
    breaks: 'S7',
    pipeline,
    file: 'libs/runtime/src/files/file-checkpoint.ts',
    find: '{ row: f[0], byte: f[1], line: f[2] }',
    replace: '{ row: f[0] + 1, byte: f[1], line: f[2] }',
  },
];
