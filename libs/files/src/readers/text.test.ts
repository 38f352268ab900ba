import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileFormat } from '@medallion/pipeline';
import type { FileBatch, FileMark, FileRow } from '@medallion/runtime';
import fc from 'fast-check';
import { FileFault } from './pieces.ts';
import { type Bytes, readCsv, readJson, readJsonLines } from './text.ts';

type Text = Exclude<FileFormat['kind'], 'parquet'>;
const START = { row: 0, byte: 0, line: 0 };

/** The bytes of a file in chunks of these lengths, then of the rest. */
const chunks = (file: Buffer, lengths: readonly number[] = []): Bytes =>
  async function* (from) {
    let at = from;
    for (const length of [...lengths, file.length]) {
      if (at < file.length) yield Buffer.from(file.subarray(at, at + length));
      at += length;
    }
  };

const reader = (kind: Text, bytes: Bytes, from: FileMark & { readonly byte: number }) =>
  kind === 'csv' ? readCsv(bytes, from, ',') : kind === 'json' ? readJson(bytes, from) : readJsonLines(bytes, from);

type ReadAll = {
  readonly batches: readonly FileBatch[];
  readonly rows: readonly FileRow[];
  readonly fault: string | null;
};

async function read(
  kind: Text,
  file: Buffer | string,
  lengths: readonly number[] = [],
  from = START,
): Promise<ReadAll> {
  const batches: FileBatch[] = [];
  let fault: string | null = null;
  try {
    for await (const batch of reader(kind, chunks(Buffer.from(file), lengths), from)) batches.push(batch);
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    fault = error.message;
  }
  return { batches, rows: batches.flatMap(({ rows }) => rows), fault };
}

/** What a test compares: values, or where and why there is none. */
const plain = ({ rows }: ReadAll) =>
  rows.map((row) => ('broken' in row ? `line ${row.line}: ${String(row.bytes)}` : row.value));

test('JSON lines: each line is a row, blank ones are not, a line that is no object is broken by itself', async () => {
  const found = await read('json_lines', '{"a":1}\r\n\n{"a":\n  {"a":"ü"}\n[1]\n{"a":2}');
  assert.deepEqual(plain(found), [{ a: 1 }, 'line 3: {"a":', { a: 'ü' }, 'line 5: [1]', { a: 2 }]);
  assert.deepEqual(
    found.rows.map(({ row }) => row),
    [0, 1, 2, 3, 4],
  );
});

test('JSON lines: bytes that are no UTF-8 break their line, and are kept', async () => {
  const bad = Buffer.concat([Buffer.from('{"a":1}\n{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n{"a":2}\n')]);
  const { rows } = await read('json_lines', bad);
  assert.equal(rows.length, 3);
  assert.ok('broken' in rows[1]! && rows[1].broken.includes('UTF-8') && rows[1].bytes.includes(0xff));
});

test('a byte order mark is none of the text; UTF-16 and what is no text is no file of rows', async () => {
  assert.deepEqual(plain(await read('json_lines', '\ufeff{"a":1}\n')), [{ a: 1 }]);
  assert.deepEqual(plain(await read('csv', '\ufeffa,b\n1,2\n')), [{ a: '1', b: '2' }]);
  assert.deepEqual(plain(await read('json', '\ufeff[{"a":1}]')), [{ a: 1 }]);
  const utf16 = await read('json_lines', Buffer.from('{"a":1}\n', 'utf16le'));
  assert.equal(utf16.rows.length, 0);
  assert.match(utf16.fault ?? '', /no text/);
});

test('JSON: the elements of an array, whatever is nested in them, or one object', async () => {
  const nested = { a: ['}', { b: '\\"]' }], c: 'x,y', d: 'ends with \\' };
  assert.deepEqual(plain(await read('json', JSON.stringify([nested, {}, nested], null, 2))), [nested, {}, nested]);
  assert.deepEqual(plain(await read('json', ` ${JSON.stringify(nested)}\n`)), [nested]);
  assert.deepEqual(plain(await read('json', ' [ ] ')), []);
});

test('JSON: an element that is no object is broken by itself', async () => {
  const found = await read('json', '[{"a":1},\n{"a":x},\n7, {"a":[}, {"a":2}]');
  assert.deepEqual(plain(found).slice(0, 3), [{ a: 1 }, 'line 2: {"a":x}', 'line 3: 7']);
});

test('JSON: a file that is cut off, or goes on behind its end, gives its rows and then says so', async () => {
  for (const [text, rows, why] of [
    ['[{"a":1},{"a":', 2, /ends before/],
    ['[{"a":1}', 1, /ends before/],
    ['[{"a":1},', 1, /ends before/],
    ['[{"a":1}] x', 1, /follows the end/],
    ['{"a":1}\n{"a":2}', 1, /follows the object/],
    ['[{"a":1} {"a":2}]', 1, /comma/],
    ['', 0, /holds no JSON/],
    ['hello', 0, /neither/],
  ] as const) {
    const found = await read('json', text);
    if (text === '[{"a":1},{"a":') assert.equal(found.fault, null, 'the cut-off value says it');
    else assert.match(found.fault ?? '', why, text);
    assert.equal(found.rows.length, rows, text);
  }
});

test('CSV: quotes, line breaks in quotes, doubled quotes; empty is null, but not in quotes', async () => {
  const found = await read('csv', 'id,name,note\r\n1,"Hansen, ""P""",\r\n2,"a\nb",""\n\n3,c,d');
  assert.deepEqual(plain(found), [
    { id: '1', name: 'Hansen, "P"', note: null },
    { id: '2', name: 'a\nb', note: '' },
    { id: '3', name: 'c', note: 'd' },
  ]);
});

test('CSV: a line with too few values, a stray quote, a quote that nobody closes break their own line only', async () => {
  const found = await read('csv', 'a,b\n1\n2,x"y\n"3,z\n4,w\n5,"v"u\n6,t\n');
  assert.deepEqual(plain(found), [
    'line 2: 1',
    'line 3: 2,x"y',
    'line 4: "3,z',
    { a: '4', b: 'w' },
    'line 6: 5,"v"u',
    { a: '6', b: 't' },
  ]);
});

test('CSV: columns without a name are numbered, a name that comes twice is no header, __proto__ is a name', async () => {
  assert.deepEqual(plain(await read('csv', 'a,\n1,2\n')), [{ a: '1', _c1: '2' }]);
  assert.match((await read('csv', 'a,a\n1,2\n')).fault ?? '', /twice/);
  const [row] = (await read('csv', '__proto__,b\n1,2\n')).rows;
  assert.ok(row !== undefined && 'value' in row && Object.hasOwn(row.value, '__proto__'));
});

test('a file with nothing in it has no rows', async () => {
  assert.deepEqual(plain(await read('json_lines', '\n')), []);
  assert.deepEqual(plain(await read('csv', '')), []);
  assert.deepEqual(plain(await read('csv', 'a,b\n')), []);
});

/** Texts that are hard to cut: pieces of every format, whole and broken. */
const anyText = (kind: Text) => {
  const part =
    kind === 'csv'
      ? fc.constantFrom(
          'a,b\n',
          '1,2\n',
          '"x\ny",2\r\n',
          '"q""q",\n',
          '"open,\n',
          '3\n',
          '\n',
          'ü,ß\n',
          ',""\n',
          'x"y,1\n',
        )
      : fc.constantFrom(
          '{"a":1}',
          '{"a":"}]"}',
          '{"b":"\\""}',
          '\n',
          ',',
          ' ',
          '{"a":',
          '[',
          ']',
          '"x',
          '{"é":[1,{}]}',
          '7',
        );
  return fc.array(part, { maxLength: 25 }).map((parts) => {
    if (kind === 'csv') return `h,i\n${parts.join('')}`;
    return kind === 'json' ? `[${parts.join(',')}]` : parts.join('\n');
  });
};

for (const kind of ['json_lines', 'json', 'csv'] as const)
  test(`${kind}: how a file arrives in chunks changes nothing, and every mark goes on with exactly the rest`, async () => {
    await fc.assert(
      fc.asyncProperty(
        anyText(kind),
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 }),
        async (text, lengths) => {
          const whole = await read(kind, text);
          const cut = await read(kind, text, lengths);
          assert.deepEqual(cut.rows, whole.rows);
          assert.equal(cut.fault, whole.fault);
          for (const [i, { next }] of cut.batches.entries()) {
            assert.ok(next.byte !== null);
            const rest = await read(kind, text, [], { ...next, byte: next.byte });
            assert.deepEqual(
              rest.rows,
              cut.batches.slice(i + 1).flatMap(({ rows }) => rows),
              `from ${next.byte} of ${text}`,
            );
          }
        },
      ),
      { numRuns: 400 },
    );
  });
