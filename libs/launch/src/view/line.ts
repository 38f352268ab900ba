import { styleText } from 'node:util';
import stringWidth from 'string-width';

/** What a piece of text means to its reader; colours follow from it and are never the only sign. */
export type Style = 'plain' | 'title' | 'head' | 'faint' | 'good' | 'warn' | 'bad';

/** A piece of text in one style. */
export type Span = { readonly text: string; readonly style: Style };

/** A line of the screen, of any length; it is cut to the width when it is painted. */
export type Line = readonly Span[];

/** Turns a span into what is written to the terminal. */
export type Paint = (span: Span) => string;

export const span = (text: string, style: Style = 'plain'): Span => ({ text, style });

/** A line of one style. */
export const line = (text: string, style: Style = 'plain'): Line => [span(text, style)];

const FORMATS = {
  title: ['bold', 'cyan'],
  head: ['bold'],
  faint: ['dim'],
  good: ['green'],
  warn: ['yellow'],
  bad: ['bold', 'red'],
} as const;

/** Paints for a terminal with colours. */
export const coloured: Paint = ({ text, style }) =>
  style === 'plain' ? text : styleText([...FORMATS[style]], text, { validateStream: false });

/** Paints for everything else. */
export const uncoloured: Paint = ({ text }) => text;

/** Text of records can hold anything: what would move the cursor or turn the direction of the line is replaced. */
export const printable = (text: string): string =>
  text.toWellFormed().replaceAll(/[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu, '·');

const ASCII = /^[ -~]*$/;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The cells of a terminal that a text takes. */
export const cells = (text: string): number => (ASCII.test(text) ? text.length : stringWidth(text));

/** A text cut to so many cells, the last of which is then `…`. */
export function cut(text: string, width: number): string {
  if (cells(text) <= width) return text;
  if (width < 1) return '';
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += cells(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** A text in just so many cells. */
export function fit(text: string, width: number, align: 'left' | 'right'): string {
  const short = cut(text, width);
  const space = ' '.repeat(Math.max(0, width - cells(short)));
  return align === 'left' ? short + space : space + short;
}

/** A line as text of at most `width` cells. */
export function paintLine(spans: Line, width: number, paint: Paint): string {
  let left = width;
  let text = '';
  for (const each of spans) {
    const short = cut(each.text, left);
    if (short !== '') text += paint({ ...each, text: short });
    left -= cells(short);
    if (short !== each.text) break;
  }
  return text;
}

/** A text in pieces of at most so many cells. */
function pieces(text: string, width: number): string[] {
  const all: string[] = [];
  let piece = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const more = cells(segment);
    if (used + more > width && piece !== '') {
      all.push(piece);
      piece = '';
      used = 0;
    }
    piece += segment;
    used += more;
  }
  return [...all, piece];
}

/**
 * All of the words behind a label, in lines no wider than `width`; nothing is cut. A string is split at its spaces, the
 * words of a list stay whole where they fit into a line.
 */
export function wrapped(
  label: string,
  text: string | readonly string[],
  width: number,
  style: Style = 'plain',
): Line[] {
  const room = Math.max(1, width - cells(label));
  const words = (typeof text === 'string' ? text.split(' ') : text).flatMap((word) => pieces(word, room));
  const rows: string[] = [];
  for (const word of words) {
    const last = rows.at(-1);
    if (last === undefined || cells(last) + 1 + cells(word) > room) rows.push(word);
    else rows[rows.length - 1] = `${last} ${word}`;
  }
  const indent = ' '.repeat(cells(label));
  return rows.map((row, i) => [span(i === 0 ? label : indent, 'head'), span(row, style)]);
}

/** Two blocks side by side, the right one from column `at` on. */
export function beside(left: readonly Line[], right: readonly Line[], at: number): Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
    const shown = left[i] ?? [];
    const used = shown.reduce((sum, each) => sum + cells(each.text), 0);
    const other = right[i];
    return other === undefined ? shown : [...shown, span(' '.repeat(Math.max(1, at - used))), ...other];
  });
}
