/** A part of a LIKE pattern: characters that stand for themselves, any one character, any number of them. */
type Part = string | typeof ONE | typeof ANY;
const ONE = Symbol('one');
const ANY = Symbol('any');

/** A LIKE pattern whose escape character is a backslash. Null parts: it ends with the escape character. */
function partsOf(pattern: string, escapeWith: string): readonly Part[] | null {
  const parts: Part[] = [];
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const c = characters[i]!;
    if (c === escapeWith) {
      i++;
      if (i === characters.length) return null;
      parts.push(characters[i]!);
    } else parts.push(c === '%' ? ANY : c === '_' ? ONE : c);
  }
  return parts;
}

/** The pattern with a backslash as its escape character; null when it ends with the escape character. */
export function normalPattern(pattern: string, escapeWith: string): string | null {
  const parts = partsOf(pattern, escapeWith);
  if (parts === null) return null;
  return parts.map((part) => (part === ANY ? '%' : part === ONE ? '_' : escaped(part as string))).join('');
}

const escaped = (c: string): string => (c === '%' || c === '_' || c === '\\' ? `\\${c}` : c);

/**
 * Makes the test of a pattern. By hand and not by a regular expression, which takes exponential time for patterns of
 * many %: here a mismatch goes back to the last % only, so that the time is at most the product of the lengths.
 */
export function likePattern(pattern: string): { readonly matches: (text: string) => boolean } {
  const parts = partsOf(pattern, '\\') ?? [];
  if (parts.every((part) => typeof part === 'string')) {
    const whole = parts.join('');
    return { matches: (text) => text === whole };
  }
  return { matches: (text) => matches(parts, text) };
}

function matches(parts: readonly Part[], text: string): boolean {
  let [part, at] = [0, 0];
  let [lastAny, anyUpTo] = [-1, 0];
  while (at < text.length) {
    const expected = parts[part];
    const width = text.codePointAt(at)! > 0xffff ? 2 : 1;
    if (expected === ANY) {
      lastAny = part++;
      anyUpTo = at;
    } else if (expected === ONE || (typeof expected === 'string' && text.startsWith(expected, at))) {
      part++;
      at += width;
    } else if (lastAny >= 0) {
      part = lastAny + 1;
      anyUpTo += text.codePointAt(anyUpTo)! > 0xffff ? 2 : 1;
      at = anyUpTo;
    } else return false;
  }
  while (parts[part] === ANY) part++;
  return part === parts.length;
}
