import { type Cut, FileFault, lineAt } from './pieces.ts';

/** A longer line is no line: the file has none. It is about what a record of the log can hold. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** Each line is a piece. */
export const jsonLinesCut: Cut = (bytes, from, last) => {
  const line = lineAt(bytes, from);
  const next = line?.next ?? bytes.length;
  if (next - from > MAX_LINE_BYTES) throw new FileFault(`a line is longer than ${MAX_LINE_BYTES} bytes`);
  if (line === null && !last) return null;
  return { start: from, end: line?.end ?? bytes.length, next, broken: null };
};
