import type { GeneratedRecord } from '../generator.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;

/**
 * Records as lines: a line is a record. Broken records are written as they are, but for line breaks in them, which
 * become spaces; a tombstone is an empty line. Keys are not written.
 */
export function toLines(records: readonly GeneratedRecord[]): Buffer {
  let size = records.length;
  for (const { value } of records) size += value?.length ?? 0;
  const lines = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { value, kind } of records) {
    const from = at;
    if (value !== null) at += value.copy(lines, at);
    if (kind === 'unparseable') {
      for (let i = from; i < at; i++) if (lines[i] === NEWLINE || lines[i] === RETURN) lines[i] = SPACE;
    }
    lines[at++] = NEWLINE;
  }
  return lines;
}
