/** Mixes values into two lanes of 32 bits, with the rounds and the finish of MurmurHash3 (Appleby, public domain). */
let a = 0;
let b = 0;
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

function word(value: number): void {
  a = Math.imul(a ^ Math.imul(value, 0xcc9e2d51), 0x85ebca6b);
  a = (a << 13) | (a >>> 19);
  b = Math.imul(b ^ Math.imul(value, 0x1b873593), 0xc2b2ae35);
  b = (b << 15) | (b >>> 17);
}

function text(value: string): void {
  word(value.length);
  for (let i = 0; i < value.length; i++) word(value.charCodeAt(i) + 1);
}

function mix(value: unknown): void {
  switch (typeof value) {
    case 'number':
      // No difference between 0 and -0.
      double[0] = value + 0;
      word(words[0] as number);
      word(words[1] as number);
      return;
    case 'string':
      word(1);
      text(value);
      return;
    case 'boolean':
      word(value ? 2 : 3);
      return;
    default:
      nested(value);
  }
}

/** Lists, and the rows in them by their columns' names. */
function nested(value: unknown): void {
  if (value === null || value === undefined) word(4);
  else if (Array.isArray(value)) {
    word(5);
    word(value.length);
    value.forEach(mix);
  } else {
    for (const [name, of] of Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1))) {
      if (of === null || of === undefined) continue;
      text(name);
      mix(of);
    }
    word(6);
  }
}

function finish(h: number): number {
  let x = h;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/**
 * A hash of 53 bits of these columns of a row, from 1 on. Nulls do not count, so that a column that is added later
 * changes no hash. The same in every process: which of two equal sequences counts depends on it (C3).
 */
export function contentHash(columns: readonly string[]): (row: Readonly<Record<string, unknown>>) => number {
  return (row) => {
    a = 0x9747b28c;
    b = 0x5bd1e995;
    for (let i = 0; i < columns.length; i++) {
      const name = columns[i] as string;
      const value = row[name];
      if (value === null || value === undefined) continue;
      text(name);
      mix(value);
    }
    const low = finish(a ^ b);
    const high = finish(b ^ low) & 0x1fffff;
    return high * 0x1_0000_0000 + low || 1;
  };
}
