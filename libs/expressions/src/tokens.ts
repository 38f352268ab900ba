import { Mistake } from './mistake.ts';

/** A word of an expression and where it begins. */
export type Token =
  | {
      readonly kind: 'name';
      readonly text: string;
      readonly quoted: boolean;
      readonly at: number;
      readonly end: number;
    }
  | { readonly kind: 'number'; readonly text: string; readonly at: number; readonly end: number }
  | { readonly kind: 'text'; readonly text: string; readonly at: number; readonly end: number }
  | { readonly kind: 'symbol'; readonly text: string; readonly at: number; readonly end: number }
  | { readonly kind: 'end'; readonly text: ''; readonly at: number; readonly end: number };

const SPACE = /[ \t\r\n\f\v]+/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y;
const SYMBOL = /<>|!=|<=|>=|\|\||[-+*/%=<>(),]/y;

/** Longer than any condition that a person writes, and short enough for every recursion over it. */
const MAX_LENGTH = 10_000;

/** The words of an expression; the last one is `end`. */
export function tokensOf(text: string): readonly Token[] {
  if (text.length > MAX_LENGTH)
    throw new Mistake(MAX_LENGTH, `the expression is longer than ${MAX_LENGTH} characters`, 'split it into several');
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  while (at < text.length) {
    const space = match(SPACE);
    if (space !== null) {
      at += space.length;
      continue;
    }
    const token = tokenAt(text, at, match);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: 'end', text: '', at, end: at });
  return tokens;
}

function tokenAt(text: string, at: number, match: (pattern: RegExp) => string | null): Token {
  const pair = text.slice(at, at + 2);
  if (pair === '--' || pair === '/*')
    throw new Mistake(at, 'a comment is no part of an expression', 'say it in the doc text of the table or column');
  const c = text[at]!;
  if (c === "'" || c === '"') return quotedToken(text, at, c);
  const name = match(NAME);
  if (name !== null) return { kind: 'name', text: name, quoted: false, at, end: at + name.length };
  const number = match(NUMBER);
  if (number !== null) {
    const end = at + number.length;
    if (/[A-Za-z0-9_.]/.test(text[end] ?? ''))
      throw new Mistake(end, `${text.slice(at, end + 1)} is no number`, 'put a space or an operator behind the number');
    return { kind: 'number', text: number, at, end };
  }
  const symbol = match(SYMBOL);
  if (symbol !== null) return { kind: 'symbol', text: symbol, at, end: at + symbol.length };
  throw unknownCharacter(text, at);
}

/** 'text' or "name"; the quote itself is doubled within. */
function quotedToken(text: string, at: number, quote: string): Token {
  let end = at + 1;
  for (;;) {
    end = text.indexOf(quote, end);
    if (end === -1)
      throw new Mistake(
        at,
        `this ${quote} is not closed`,
        `close it with ${quote}; double a ${quote} that is part of the text`,
      );
    if (text[end + 1] !== quote) break;
    end += 2;
  }
  const content = text.slice(at + 1, end).replaceAll(quote + quote, quote);
  const nul = content.indexOf('\0');
  if (nul !== -1) throw new Mistake(at, 'Postgres knows no text with the character NUL', 'leave it out');
  if (!content.isWellFormed()) throw new Mistake(at, 'the text holds half of a surrogate pair', 'leave it out');
  return quote === "'"
    ? { kind: 'text', text: content, at, end: end + 1 }
    : { kind: 'name', text: content, quoted: true, at, end: end + 1 };
}

const SLIPS: Readonly<Record<string, string>> = {
  '&': 'write AND',
  '!': 'write NOT, or <> for "not equal"',
  '|': 'write OR, or || to join texts',
  ';': 'an expression is a single condition or value, without ;',
  '‘': "quote text with '",
  '’': "quote text with '",
  '“': `quote text with ', names with "`,
  '”': `quote text with ', names with "`,
  '`': 'quote names with "',
  '[': 'quote names with "',
  '^': 'multiply instead: x * x',
  ':': 'write CAST(value AS type)',
  '.': 'name the column alone: there is one row',
};

function unknownCharacter(text: string, at: number): Mistake {
  const c = String.fromCodePoint(text.codePointAt(at)!);
  return new Mistake(at, `the character ${c} means nothing here`, SLIPS[c] ?? 'quote text with \', names with "');
}
