import fc from 'fast-check';
import { mutated } from './bytes.ts';
import { MARKER } from './marker.ts';
import { hostileText, INHERITED, JSON_NUMBERS } from './texts.ts';

/** A text of JSON nested so deep. */
const nested = (depth: number, open: string, close: string): string => `${open.repeat(depth)}1${close.repeat(depth)}`;

/** Deeper than a recursion over it goes; rarely, as it costs. Each recursion has an end of its own, so any depth is tried. */
const deep: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(nested(60, '[', ']'), nested(60, '{"a":', '}')) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.integer({ min: 500, max: 12_000 }),
        fc.constantFrom(['[', ']'], ['{"__proto__":', '}'], ['[{"a":', '}]']),
      )
      .map(([depth, [open = '', close = '']]) => nested(depth, open, close)),
  },
  { weight: 1, arbitrary: fc.constantFrom(nested(60_000, '[', ']'), '['.repeat(60_000)) },
);

/** A JSON text, as no library writes it: names twice, names of prototypes, numbers that no double is. */
const jsonTexts = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false', '0', '1', '-5', '""', '{}', '[]'),
    fc.constantFrom<string>(...JSON_NUMBERS),
    hostileText.map((text) => JSON.stringify(text)),
    fc.constantFrom('"\\ud800"', '"\\u0000"', `"\\u005f_proto__"`, `"${MARKER}"`),
    deep,
    fc.array(tie('value'), { maxLength: 4 }).map((all) => `[${all.join(',')}]`),
    tie('object'),
  ),
  object: fc
    .array(fc.tuple(fc.oneof(fc.constantFrom<string>(...INHERITED), hostileText), tie('value')), { maxLength: 4 })
    .map((all) => `{${all.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`),
}));

/** A hostile JSON value, as text. */
export const hostileJson: fc.Arbitrary<string> = jsonTexts.value;

/**
 * The text of a JSON object with these columns, each as it should be, missing, or anything; with columns beside them.
 */
export function jsonObject(columns: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<string> {
  const value = (right: fc.Arbitrary<unknown>): fc.Arbitrary<string | null> =>
    fc.oneof(
      { weight: 5, arbitrary: right.map((each) => JSON.stringify(each)) },
      { weight: 2, arbitrary: jsonTexts.value },
      { weight: 1, arbitrary: fc.constant(null) },
    );
  const declared = Object.entries(columns).map(([name, right]) =>
    value(right).map((text) => (text === null ? [] : [`${JSON.stringify(name)}:${text}`])),
  );
  const beside = fc.array(
    fc
      .tuple(fc.oneof(fc.constantFrom<string>(...INHERITED, ...Object.keys(columns)), hostileText), jsonTexts.value)
      .map(([name, text]) => `${JSON.stringify(name)}:${text}`),
    { maxLength: 2 },
  );
  return fc.tuple(fc.tuple(...declared), beside).map(([all, more]) => `{${[...all.flat(), ...more].join(',')}}`);
}

/** Bytes of such an object, whole or changed. */
export const jsonBytes = (columns: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Buffer> => {
  const whole = jsonObject(columns).map((text) => Buffer.from(text));
  return fc.oneof({ weight: 1, arbitrary: whole }, { weight: 1, arbitrary: mutated(whole) });
};
