import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contextOf, formatTraceparent, parseTraceparent } from './traceparent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const VALID = `00-${TRACE}-${SPAN}-01`;

const digits = (length: number) =>
  fc
    .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
    .filter((text) => /[1-9a-f]/.test(text));

test('a context comes back from the header that it was written as', () => {
  fc.assert(
    fc.property(digits(32), digits(16), fc.boolean(), fc.boolean(), (traceId, spanId, sampled, asText) => {
      const text = formatTraceparent({ traceId, spanId, sampled });
      assert.equal(text.length, 55);
      assert.deepEqual(parseTraceparent(asText ? text : Buffer.from(text)), { traceId, spanId, sampled });
    }),
  );
});

test('the flags say whether it is sampled by their last bit alone', () => {
  for (const [flags, sampled] of [
    ['00', false],
    ['01', true],
    ['02', false],
    ['03', true],
    ['ff', true],
    ['fe', false],
  ] as const)
    assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-${flags}`)?.sampled, sampled, flags);
});

test('a later version is read by what this one knows, and may have more fields', () => {
  assert.deepEqual(parseTraceparent(`01-${TRACE}-${SPAN}-01`), { traceId: TRACE, spanId: SPAN, sampled: true });
  assert.deepEqual(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what the future holds`)?.traceId, TRACE);
});

test('what is no traceparent is none', () => {
  const wrong = [
    '',
    '00',
    VALID.toUpperCase(),
    ` ${VALID}`,
    `${VALID} `,
    `${VALID}\n`,
    `${VALID}-`,
    `${VALID}-00`,
    VALID.slice(0, -1),
    `${VALID}0`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.slice(1)}g-${SPAN}-01`,
    `00_${TRACE}_${SPAN}_01`,
    `01-${TRACE}-${SPAN}-01x`,
    `01-${TRACE}-${SPAN}-01-${'x'.repeat(1_000_000)}`,
    VALID.replace('0af7', '0a\0f'),
    VALID.replace('a', 'ａ'),
  ];
  for (const text of wrong) {
    assert.equal(parseTraceparent(text), null, JSON.stringify(text.slice(0, 80)));
    assert.equal(parseTraceparent(Buffer.from(text)), null, JSON.stringify(text.slice(0, 80)));
  }
  assert.equal(parseTraceparent(undefined), null);
});

test('no bytes crash it, and what it reads is always a context that can be written again', () => {
  const broken = fc.tuple(fc.nat({ max: 54 }), fc.integer({ min: 0, max: 255 })).map(([at, byte]) => {
    const bytes = Buffer.from(VALID);
    bytes[at] = byte;
    return bytes;
  });
  const bytes = fc.uint8Array({ maxLength: 600 }).map((array) => Buffer.from(array));
  fc.assert(
    fc.property(fc.oneof(broken, bytes), (header) => {
      const context = parseTraceparent(header);
      if (context === null) return;
      assert.match(context.traceId, /^(?!0{32})[0-9a-f]{32}$/);
      assert.match(context.spanId, /^(?!0{16})[0-9a-f]{16}$/);
      assert.deepEqual(parseTraceparent(formatTraceparent(context)), context);
    }),
    { numRuns: 2_000 },
  );
});

test('the context of a record is that of its header of this very name', () => {
  assert.deepEqual(contextOf({ headers: { traceparent: VALID } })?.spanId, SPAN);
  assert.equal(contextOf({ headers: { Traceparent: VALID, 'original.traceparent': VALID } }), null);
});
