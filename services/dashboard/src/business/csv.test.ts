import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { csvField, csvHeader, csvHeaders, csvLines, csvStream } from './csv.ts';

/** Fields of a file by RFC 4180, read one character after the other. */
function parsed(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') field += text[++i];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ',' || (c === '\r' && text[i + 1] === '\n')) {
      row.push(field);
      field = '';
      if (c === '\r') {
        i++;
        rows.push(row);
        row = [];
      }
    } else field += c;
  }
  assert.deepEqual([field, row, quoted], ['', [], false], 'the last line is whole');
  return rows;
}

const COLUMNS = [
  { name: 'a', type: 'string' },
  { name: 'b', type: 'decimal' },
  { name: 'c', type: 'enum' },
];

test('whatever text there is, it is read back as it was, but for the quote before a formula', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('"', '""', ',', '\r\n', '\n', ' ', '=1', '+1', '-1', '@x', '\t=1', '\uFF1D1', ' =1', "'=1"),
  );
  const rows = fc.array(fc.record({ a: text, b: fc.constantFrom('-1.50', null), c: text }), { minLength: 1 });
  fc.assert(
    fc.property(rows, (all) => {
      const back = parsed(csvLines(COLUMNS, all));
      assert.deepEqual(
        back,
        all.map(({ a, b, c }) => [csvField(a, 'string'), b ?? '', csvField(c, 'enum')]),
      );
      for (const [a, , c] of back)
        for (const field of [a!, c!]) {
          assert.doesNotMatch(field, /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/u);
          assert.doesNotMatch(field, /^[\t\r]/);
        }
    }),
  );
});

test('a line break of any kind is within quotes, so that no reader begins a line in a text', () => {
  const lines = csvLines(
    [{ name: 'a', type: 'string' }],
    ['x\r=1+1', 'x\n=1+1', 'x\r\n=1+1', '\r'].map((a) => ({ a })),
  );
  assert.equal(lines, `"x\r=1+1"\r\n"x\n=1+1"\r\n"x\r\n=1+1"\r\n"'\r"\r\n`);
  assert.equal(csvHeader([{ name: 'a\rb', type: 'string' }]), '"a\rb"\r\n');
});

test('numbers and instants are as they are, negative ones too; null is an empty field', () => {
  assert.equal(csvField(-5, 'long'), '-5');
  assert.equal(csvField('-5.10', 'decimal'), '-5.10');
  assert.equal(csvField('2025-12-24T10:00:00.000Z', 'timestamp'), '2025-12-24T10:00:00.000Z');
  assert.equal(csvField(null, 'string'), '');
  assert.equal(csvField('-5', 'string'), "'-5");
  assert.equal(csvField([{ a: 1 }], 'list'), '[{"a":1}]');
});

test('the header is guarded too, and the name of a file is harmless', () => {
  assert.equal(
    csvHeader([
      { name: '=cmd', type: 'string' },
      { name: 'b', type: 'long' },
    ]),
    "'=cmd,b\r\n",
  );
  assert.equal(
    csvHeaders('a"; filename="b\r\nx')['content-disposition'],
    'attachment; filename="a___filename__b__x.csv"',
  );
});

test('what goes wrong before anything was sent is an error still', async () => {
  await assert.rejects(
    csvStream(
      (async function* () {
        yield 'a\r\n';
        throw new Error('no rows');
      })(),
    ),
    /no rows/,
  );
  const pieces: string[] = [];
  for await (const piece of await csvStream(
    (async function* () {
      yield* ['a', 'b', 'c'];
    })(),
  ))
    pieces.push(String(piece));
  assert.deepEqual(pieces, ['a', 'b', 'c']);
});
