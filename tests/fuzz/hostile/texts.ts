import fc from 'fast-check';
import { MARKER } from './marker.ts';

const LONG = 20_000;

/** Names that JavaScript's objects have already. */
export const INHERITED = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'] as const;

/** Texts of numbers that some reader takes for others. */
export const NUMBERS = [
  '9007199254740993',
  '-9007199254740993',
  '99999999999999999999999999',
  '1e400',
  '-1e400',
  '1e-400',
  '-0',
  '0.1e1',
  '1.0000000000000000000001',
  '2147483648',
  '1_000',
  '0x10',
  'NaN',
  'Infinity',
  '١٢',
] as const;

/** Those that JSON takes for numbers. */
export const JSON_NUMBERS = NUMBERS.filter((text) => /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/.test(text));

/** Texts of instants and days that are none, or at the ends of what can be. */
export const TIMES = [
  '2025-02-30T00:00:00Z',
  '2025-12-24T24:00:00Z',
  '2025-12-24T11:00:60Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '+275760-09-13T00:00:00.000Z',
  '-271821-04-20T00:00:00.000Z',
  '2025-12-24T11:00:00+99:99',
  '2025-12-24',
  '2025-12-24T11:00:00.123456789Z',
] as const;

/** Texts that are code to somebody. */
export const CODE = [
  `'; DROP TABLE ${MARKER}; --`,
  `") OR 1=1; SELECT '${MARKER}`,
  `$1 $${MARKER}$ \\'`,
  `=HYPERLINK("http://x/${MARKER}")`,
  `@SUM(${MARKER})`,
  `<script>${MARKER}</script>`,
  `\${${MARKER}}`,
  `../../../${MARKER}`,
  `%2e%2e%2f${MARKER}`,
  `\r\nset-cookie: ${MARKER}=1`,
] as const;

const ODD = [
  '',
  ' ',
  '\u0000',
  `a\u0000${MARKER}`,
  '\ud800',
  `\udfff${MARKER}`,
  '\ufeff',
  '\u202e',
  '\u2028',
  'e\u0301',
  '\u{1f469}\u200d\u{1f680}',
  'ﬀ',
  MARKER,
  MARKER.repeat(LONG / MARKER.length),
] as const;

/** Any code point, halves of pairs among them. fast-check's own unit for that takes a second to be made. */
const anyCharacter = fc
  .oneof(
    fc.integer({ min: 0, max: 0x2ff }),
    fc.integer({ min: 0xd7f0, max: 0xe010 }),
    fc.integer({ min: 0, max: 0x10ffff }),
  )
  .map((code) => String.fromCodePoint(code));

/** A text that nobody meant to be a value. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom<string>(...ODD, ...CODE),
  fc.constantFrom<string>(...INHERITED, ...NUMBERS, ...TIMES),
  fc.string({ unit: anyCharacter, maxLength: 40 }),
  fc.string({ maxLength: 20 }).map((text) => `${MARKER}${text}`),
);
