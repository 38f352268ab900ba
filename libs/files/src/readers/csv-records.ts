import { isUtf8 } from 'node:buffer';
import { parse } from 'csv-parse/sync';
import { type Cut, FileFault, lineAt } from './pieces.ts';

/** A record that is longer is a quote that nobody closed: its first line is broken, and the next line begins anew. */
const MAX_RECORD_BYTES = 1024 * 1024;

const QUOTE = 34;
const CR = 13;
const LF = 10;

/**
 * The records of a CSV file (RFC 4180): lines, but for those with a line break within quotes. A field is quoted when it
 * begins with a quote; a quote elsewhere does not hide a line break, so one broken line does not take others with it.
 */
export function csvCut(delimiter: string): Cut {
  const separator = delimiter.charCodeAt(0);
  return (bytes, from, last) => {
    const line = lineAt(bytes, from);
    const lineEnd = line?.next ?? bytes.length;
    if (!bytes.subarray(from, lineEnd).includes(QUOTE)) {
      if (lineEnd - from > MAX_RECORD_BYTES) throw new FileFault(`a record is longer than ${MAX_RECORD_BYTES} bytes`);
      if (line === null && !last) return null;
      return { start: from, end: line?.end ?? bytes.length, next: lineEnd, broken: null };
    }
    const { next, quote } = walk(bytes, from, separator);
    if (next !== null && next - from <= MAX_RECORD_BYTES)
      return { start: from, end: withoutBreak(bytes, from, next), next, broken: null };
    const tooLong = bytes.length - from > MAX_RECORD_BYTES;
    if (quote !== 'misplaced') {
      if (!tooLong && !last) return null;
      if (!tooLong && quote === 'closed') return { start: from, end: bytes.length, next: bytes.length, broken: null };
    }
    if (tooLong && lineEnd - from > MAX_RECORD_BYTES)
      throw new FileFault(`a record is longer than ${MAX_RECORD_BYTES} bytes`);
    // Where the line's end is not at hand, more bytes bring it.
    if (line === null && !last) return null;
    const broken = quote === 'misplaced' ? 'a quote is followed by text' : 'a quote is not closed';
    return { start: from, end: line?.end ?? bytes.length, next: lineEnd, broken };
  };
}

/** How a record's bytes end: behind its line break, or null where there is none; and how its last quote is. */
type Walked = { readonly next: number | null; readonly quote: 'closed' | 'open' | 'misplaced' };

function walk(bytes: Buffer, from: number, separator: number): Walked {
  let at = from;
  for (;;) {
    if (bytes[at] === QUOTE) {
      // Behind the quote that closes the field: a doubled one is a character of it.
      for (at = bytes.indexOf(QUOTE, at + 1); at !== -1 && bytes[at + 1] === QUOTE; ) at = bytes.indexOf(QUOTE, at + 2);
      if (at === -1) return { next: null, quote: 'open' };
      at++;
      if (at === bytes.length) return { next: null, quote: 'closed' };
      if (bytes[at] !== separator && bytes[at] !== LF && bytes[at] !== CR) return { next: null, quote: 'misplaced' };
    }
    while (at < bytes.length && bytes[at] !== separator && bytes[at] !== LF) at++;
    if (at >= bytes.length) return { next: null, quote: 'closed' };
    at++;
    if (bytes[at - 1] === LF) return { next: at, quote: 'closed' };
  }
}

/** The end of a record without its line break. */
function withoutBreak(bytes: Buffer, from: number, next: number): number {
  const end = bytes[next - 1] === LF ? next - 1 : next;
  return end > from && bytes[end - 1] === CR ? end - 1 : end;
}

/** The fields of a record, null for an empty one without quotes; or why they cannot be told apart. */
export type CsvFields = readonly (string | null)[] | string;

/**
 * Reads the fields of records. Those with quotes go through the library, many at once, as each call of it costs 30 µs;
 * a record that it refuses must not take the others with it, so then they go through one by one.
 */
export function csvFields(delimiter: string): (records: readonly Buffer[]) => readonly CsvFields[] {
  const options = {
    delimiter,
    relax_column_count: true,
    // Line breaks are taken by `csvCut`; within quotes they belong to the value.
    record_delimiter: ['\r\n', '\n'],
  };
  const nulls = {
    ...options,
    cast: (value: string, { quoting }: { readonly quoting: boolean }) => (value === '' && !quoting ? null : value),
  };
  // Only the library's cast knows whether an empty field had quotes, and it takes half the time.
  const parsed = (texts: readonly string[]): CsvFields[] => {
    const text = texts.join('\n');
    if (text.includes('""')) return parse(text, nulls) as unknown as (string | null)[][];
    return (parse(text, options) as unknown as (string | null)[][]).map(emptyAsNull);
  };
  const one = (text: string): CsvFields => {
    try {
      const records = parsed([text]);
      return records.length === 1 ? records[0]! : 'the line is no record';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const all = (texts: readonly string[]): readonly CsvFields[] => {
    try {
      const records = parsed(texts);
      if (records.length === texts.length) return records;
    } catch {}
    return texts.map(one);
  };
  return (records) => {
    const texts = records.map((record) => (isUtf8(record) ? record.toString('utf8') : null));
    const quoted = all(texts.filter((text) => text?.includes('"') === true) as string[])[Symbol.iterator]();
    return texts.map((text) => {
      if (text === null) return 'the line is not UTF-8';
      return text.includes('"') ? (quoted.next().value as CsvFields) : unquoted(text, delimiter);
    });
  };
}

function unquoted(text: string, delimiter: string): CsvFields {
  return emptyAsNull(text.split(delimiter));
}

function emptyAsNull(fields: (string | null)[]): readonly (string | null)[] {
  for (let i = 0; i < fields.length; i++) if (fields[i] === '') fields[i] = null;
  return fields;
}
