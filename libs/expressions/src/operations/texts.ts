import { quotedText } from '../sql-text.ts';
import { likePattern } from './like-pattern.ts';
import { type Operation, type Operations, strict1, strict2 } from './operation.ts';

/** The letters A to Z alone: what Postgres does with others is a matter of its locale, so "C" is named. */
const asciiCase = (word: 'lower' | 'upper', of: (letter: string) => string, letters: RegExp): Operation => ({
  evaluate: ([a]) => strict1(a!, (x: string) => x.replace(letters, of)),
  sql: ([a]) => `${word}(${a!.sql} COLLATE "C")`,
});

/** The number of code points, which is what Postgres counts. */
function codePoints(text: string): number {
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xdc00 && unit <= 0xdfff) count--;
  }
  return count;
}

/** Without the spaces at both ends; other white space stays, as in SQL. */
function trimmed(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && text[from] === ' ') from++;
  while (to > from && text[to - 1] === ' ') to--;
  return text.slice(from, to);
}

/** Functions and operators of text. */
export const texts: Operations = {
  '||': {
    evaluate: ([a, b]) => strict2(a!, b!, (x: string, y: string) => x + y),
    sql: ([a, b]) => `(${a!.sql} || ${b!.sql})`,
  },
  lower: asciiCase('lower', (letters) => letters.toLowerCase(), /[A-Z]+/g),
  upper: asciiCase('upper', (letters) => letters.toUpperCase(), /[a-z]+/g),
  trim: { evaluate: ([a]) => strict1(a!, trimmed), sql: ([a]) => `btrim(${a!.sql})` },
  length: { evaluate: ([a]) => strict1(a!, codePoints), sql: ([a]) => `char_length(${a!.sql})` },
  like: {
    evaluate: ([a], call) => {
      const pattern = call.args[1]!;
      if (pattern.kind !== 'literal' || pattern.value === null) return () => null;
      const { matches } = likePattern(String(pattern.value));
      return strict1(a!, matches);
    },
    sql: ([a, b], call) => {
      const pattern = call.args[1]!;
      const sql = pattern.kind === 'literal' && pattern.value !== null ? quotedText(String(pattern.value)) : b!.sql;
      return `(${a!.sql} LIKE ${sql})`;
    },
  },
};
