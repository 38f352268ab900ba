import { type Cut, FileFault } from './pieces.ts';

/** A longer element cannot become a record of the log. */
const MAX_VALUE_BYTES = 8 * 1024 * 1024;

const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;

export const isSpace = (byte: number): boolean => byte === 32 || byte === 10 || byte === 13 || byte === 9;

/** What a file holds: an array of values, or one object. */
export type JsonShape = 'array' | 'object';

/**
 * The elements of the array that a file holds, or its one object, without reading all of it: only brackets and strings
 * are looked at, so an element that is no JSON does not disturb the others. Every piece ends behind its value, so any
 * position but 0 is between values:
 *
 *     byte 0 ─[─▶ value ─▶ (',' value)* ─▶ ']' ─▶ white space ─▶ end
 *        └──{ ─▶ value ─▶ white space ─▶ end
 */
export class JsonValues {
  #shape: JsonShape | null;
  #ended = false;

  /** `shape` of a file that is read from a position behind its first value; null from its start. */
  constructor(shape: JsonShape | null) {
    this.#shape = shape;
  }

  readonly cut: Cut = (bytes, from, last) => {
    let at = spaces(bytes, from);
    if (at === bytes.length) return last ? blank(from, at) : null;
    const shape = this.#shape ?? shapeOf(bytes[at]!);
    if (this.#shape === null) {
      if (shape === 'array') at = spaces(bytes, at + 1);
    } else if (this.#shape === 'object') throw new FileFault('something follows the object');
    else if (bytes[at] === COMMA) at = spaces(bytes, at + 1);
    else if (bytes[at] !== CLOSE_ARRAY) throw new FileFault('a comma or the end of the array was expected');
    if (at === bytes.length) {
      if (last) this.#shape = shape;
      return last ? blank(from, at) : null;
    }
    if (shape === 'array' && bytes[at] === CLOSE_ARRAY) {
      const end = spaces(bytes, at + 1);
      if (end < bytes.length) throw new FileFault('something follows the end of the array');
      if (!last) return null;
      this.#shape = 'array';
      this.#ended = true;
      return blank(from, end);
    }
    const end = valueEnd(bytes, at);
    if ((end ?? bytes.length) - from > MAX_VALUE_BYTES)
      throw new FileFault(`a value is longer than ${MAX_VALUE_BYTES} bytes`);
    if (end === null && !last) return null;
    this.#shape = shape;
    if (end !== null) return { start: at, end, next: end, broken: null };
    this.#ended = true;
    return { start: at, end: bytes.length, next: bytes.length, broken: 'the file ends within this value' };
  };

  /** After the last piece: throws FileFault when the file ends too early. */
  ended(): void {
    if (this.#shape === null) throw new FileFault('the file holds no JSON');
    if (this.#shape === 'array' && !this.#ended) throw new FileFault('the file ends before its array does');
  }
}

/** The shape of a file by its first byte that is no white space. */
export function shapeOf(byte: number): JsonShape {
  if (byte === OPEN_ARRAY) return 'array';
  if (byte === OPEN_OBJECT) return 'object';
  throw new FileFault('the file holds neither a JSON array nor an object');
}

/** A piece without text. */
const blank = (from: number, next: number) => ({ start: from, end: from, next, broken: null });

function spaces(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && isSpace(bytes[at]!)) at++;
  return at;
}

/** Where the value that begins at `from` ends: at the bracket that closes it, or where a comma or bracket follows; null for not here. */
function valueEnd(bytes: Buffer, from: number): number | null {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        at = stringEnd(bytes, at);
        if (at === -1) return null;
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        depth++;
        break;
      case COMMA:
        if (depth === 0) return at;
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        if (depth === 0) return at;
        if (--depth === 0) return at + 1;
        break;
    }
  }
  return null;
}

/** Where the closing quote of the string is that begins at `from`; -1 for not here. */
function stringEnd(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(QUOTE, from + 1); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) {
    let escapes = 0;
    while (bytes[at - 1 - escapes] === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return at;
  }
  return -1;
}
