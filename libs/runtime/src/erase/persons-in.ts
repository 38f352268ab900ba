import { AUDIT, RAW } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import { idText, type SubjectPlan } from './person.ts';

/** Deeper than this nothing is looked at: what others wrote may be nested without end. */
const MAX_DEPTH = 100;

/** Columns of JSON text that may name anybody: what did not fit, and what a row was read from. */
export const TEXTS: readonly string[] = [AUDIT.rescued, RAW];

/** The persons that a row of a table is about: by its columns, and by the text that it keeps of what came. */
export function personsInRow(row: AnyRow, columns: ReadonlySet<string>, subject: SubjectPlan): Set<string> {
  const found = new Set<string>();
  for (const column of columns) add(row[column], subject, found);
  for (const column of TEXTS) {
    const text = row[column];
    if (typeof text === 'string') personsInText(text, subject, found);
  }
  return found;
}

/** The persons that a value without a schema names, at any depth, by the names that their columns have outside. */
export function personsInValue(value: unknown, subject: SubjectPlan, found: Set<string> = new Set()): Set<string> {
  const look = (each: unknown, depth: number): void => {
    if (each === null || typeof each !== 'object' || depth > MAX_DEPTH) return;
    for (const [name, inner] of Object.entries(each)) {
      if (subject.names.has(name)) add(inner, subject, found);
      look(inner, depth + 1);
    }
  };
  look(value, 0);
  return found;
}

/** The same for JSON text; false when it is none. */
export function personsInText(text: string, subject: SubjectPlan, found: Set<string>): boolean {
  try {
    personsInValue(JSON.parse(text), subject, found);
    return true;
  } catch {
    return false;
  }
}

/** Whether bytes that nobody can read hold a text as a word of its own. */
export function mentions(bytes: Buffer | null, id: string): boolean {
  if (bytes === null || id === '') return false;
  const wanted = Buffer.from(id);
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1))
    if (!isWord(bytes[at - 1]) && !isWord(bytes[at + wanted.length])) return true;
  return false;
}

/** Letters, digits, `_`, and all that is not ASCII. */
const isWord = (byte: number | undefined): boolean =>
  byte !== undefined && (byte >= 128 || /\w/.test(String.fromCharCode(byte)));

function add(value: unknown, { numeric }: SubjectPlan, found: Set<string>): void {
  const text = idText(value, numeric);
  if (text !== null) found.add(text);
}
