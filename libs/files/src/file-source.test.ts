import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isMedallionError } from '@medallion/core';
import type { FileFormat } from '@medallion/pipeline';
import type { FileBatch, FileMark, FileSource, FoundFile } from '@medallion/runtime';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { createFileSource } from './create-file-source.ts';

const START: FileMark = { row: 0, byte: 0, line: 0 };
const lines: FileFormat = { kind: 'json_lines' };

async function rowsOf(source: FileSource, file: FoundFile, format: FileFormat, from = START) {
  const batches: FileBatch[] = [];
  for await (const batch of source.read(file, format, from)) batches.push(batch);
  return { batches, values: batches.flatMap(({ rows }) => rows.map((row) => ('value' in row ? row.value : null))) };
}

describe('files in a folder', () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'medallion-files-'));
  });
  after(() => rm(root, { recursive: true, force: true }));

  const put = async (path: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  const source = (settleMs = 0): Promise<FileSource> => createFileSource({ root, settleMs });
  /** A source that has seen the folder once, so that a second look finds what stays the same. */
  const looked = async (path: string): Promise<FileSource> => {
    const files = await source();
    await files.list(path, '*');
    return files;
  };
  const only = async (files: FileSource, path: string): Promise<FoundFile> => {
    const found = (await files.list(dirname(path), '*')).files.find((file) => file.path === path);
    assert.ok(found !== undefined, path);
    return found;
  };

  test('are found by name in order of their paths, those in folders too; hidden, unfinished and empty ones are not', async () => {
    for (const name of [
      'b.json',
      'a.json',
      'c/d.json',
      'c.json',
      'x.csv',
      '.h.json',
      '_h.json',
      '_tmp/e.json',
      'a.json.tmp',
    ])
      await put(`names/${name}`, '{}');
    for (const name of ['p.json.partial', 'q.json.crdownload', 'r.json~']) await put(`names/${name}`, '{}');
    await put('names/empty.json', '');
    await symlink(join(root, 'names/a.json'), join(root, 'names/link.json'));
    const files = await looked('names');
    await files.list('names', '*.json');
    const { files: found } = await files.list('names', '*.json');
    assert.deepEqual(
      found.map(({ path }) => path),
      ['names/a.json', 'names/b.json', 'names/c.json', 'names/c/d.json', 'names/link.json'],
    );
    const all = (await files.list('names', '*')).files.map(({ path }) => path);
    assert.ok(all.includes('names/x.csv') && !all.some((path) => /h\.json|tmp|partial|crdownload|~|empty/.test(path)));
  });

  test('no such folder is an empty one', async () => {
    assert.deepEqual(await (await source()).list('nowhere', '*'), { files: [], settling: [] });
  });

  test('are whole when they have not changed for the settling time, never while they grow', async () => {
    const files = await source(60);
    await put('grow/a.json', '{"n":1}\n');
    assert.deepEqual(await files.list('grow', '*.json'), { files: [], settling: ['grow/a.json'] });
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      await appendFile(join(root, 'grow/a.json'), '{"n":2}\n');
      assert.deepEqual((await files.list('grow', '*.json')).files, []);
    }
    await new Promise((resolve) => setTimeout(resolve, 80));
    const { files: found, settling } = await files.list('grow', '*.json');
    assert.deepEqual([found.length, settling], [1, []]);
    assert.equal((await rowsOf(files, found[0]!, lines)).values.length, 5);
  });

  test('that changed or went since they were found cannot be read; one that is renamed over while it is read can', async () => {
    const files = await looked('change');
    await put('change/a.json', '{"n":1}\n');
    await put('change/b.json', `${'{"n":1}\n'.repeat(200_000)}`);
    await files.list('change', '*');
    const a = await only(files, 'change/a.json');
    const b = await only(files, 'change/b.json');
    await put('change/a.json', '{"n":1}\n{"n":2}\n');
    const unreadable = (error: unknown) => isMedallionError(error) && error.code === 'MED_FILE_UNREADABLE';
    await assert.rejects(rowsOf(files, a, lines), unreadable);
    let rows = 0;
    for await (const batch of files.read(b, lines, START)) {
      if (rows === 0) {
        await put('change/other', 'x');
        await rename(join(root, 'change/other'), join(root, 'change/b.json'));
      }
      rows += batch.rows.length;
    }
    assert.equal(rows, 200_000);
    await assert.rejects(rowsOf(files, b, lines), unreadable);
    await rm(join(root, 'change/b.json'));
    await assert.rejects(rowsOf(files, b, lines), unreadable);
  });

  test('that are written into while they are read end as unreadable, before anybody sees the new bytes', async () => {
    const files = await looked('write');
    await put('write/a.json', '{"n":1}\n'.repeat(200_000));
    await files.list('write', '*');
    const file = await only(files, 'write/a.json');
    const values: unknown[] = [];
    await assert.rejects(async () => {
      for await (const batch of files.read(file, lines, START)) {
        if (values.length === 0) await put('write/a.json', '{"n":9}\n'.repeat(200_000));
        values.push(...batch.rows.map((row) => ('value' in row ? row.value.n : null)));
      }
    });
    assert.ok(values.length > 0 && values.every((n) => n === 1));
  });

  test('in gzip are read as their text, from any mark; a truncated one gives its rows and then says so', async () => {
    const text = Array.from({ length: 60_000 }, (_, n) => JSON.stringify({ n })).join('\n');
    const packed = gzipSync(text);
    await put('gz/a.json.gz', packed);
    await put('gz/b.json.gz', packed.subarray(0, packed.length - 100));
    const files = await looked('gz');
    const file = await only(files, 'gz/a.json.gz');
    const { batches, values } = await rowsOf(files, file, lines);
    assert.equal(values.length, 60_000);
    assert.ok(batches.length > 1);
    const { values: rest } = await rowsOf(files, file, lines, batches[0]!.next);
    assert.deepEqual(rest, values.slice(batches[0]!.next.row));
    const cut = await only(files, 'gz/b.json.gz');
    await assert.rejects(rowsOf(files, cut, lines), /unpacked/);
  });

  test('can be read on from a row whose byte nobody knows', async () => {
    await put('row/a.csv', `n,s\n${Array.from({ length: 50 }, (_, n) => `${n},x`).join('\n')}`);
    const files = await looked('row');
    const file = await only(files, 'row/a.csv');
    const { values } = await rowsOf(files, file, { kind: 'csv', delimiter: ',' }, { row: 48, byte: null, line: 0 });
    assert.deepEqual(values, [
      { n: '48', s: 'x' },
      { n: '49', s: 'x' },
    ]);
  });

  test('of Parquet: decimals come with all their digits, as text', async () => {
    const units = [1_999, -5, 0, 123_456_789];
    const decimal = {
      type: 'INT32',
      converted_type: 'DECIMAL',
      scale: 2,
      precision: 9,
      repetition_type: 'REQUIRED',
    } as const;
    const wide = {
      type: 'INT64',
      converted_type: 'DECIMAL',
      scale: 2,
      precision: 18,
      repetition_type: 'REQUIRED',
    } as const;
    const bytes = parquetWriteBuffer({
      // The writer takes numbers and scales them by itself.
      columnData: [
        { name: 'price', data: units.map((each) => each / 100) },
        { name: 'total', data: units.map((each) => each / 100) },
      ],
      schema: [
        { name: 'root', num_children: 2 },
        { name: 'price', ...decimal },
        { name: 'total', ...wide },
      ],
    });
    await put('decimals/a.parquet', new Uint8Array(bytes));
    const files = await looked('decimals');
    const { values } = await rowsOf(files, await only(files, 'decimals/a.parquet'), { kind: 'parquet' });
    const texts = ['19.99', '-0.05', '0.00', '1234567.89'];
    assert.deepEqual(
      values.map((each) => [each!.price, each!.total]),
      texts.map((text) => [text, text]),
    );
  });

  test('of Parquet: row groups, types, on from any row; a truncated one is unreadable', async () => {
    const n = 5_000;
    const all = Array.from({ length: n }, (_, i) => i);
    const bytes = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'id', data: all.map(BigInt), type: 'INT64' },
          { name: 'name', data: all.map((i) => (i % 7 === 0 ? null : `n${i}`)), type: 'STRING' },
          { name: 'price', data: all.map((i) => 1999 + i), type: 'INT32' },
          { name: 'at', data: all.map((i) => new Date(i * 1_000)), type: 'TIMESTAMP' },
          { name: 'ok', data: all.map((i) => i % 2 === 0), type: 'BOOLEAN' },
        ],
        rowGroupSize: 1_700,
      }),
    );
    await put('pq/a.parquet', bytes);
    await put('pq/cut.parquet', bytes.subarray(0, bytes.length - 20));
    await put('pq/none.parquet', 'hello');
    const files = await looked('pq');
    const format: FileFormat = { kind: 'parquet' };
    const file = await only(files, 'pq/a.parquet');
    const { values, batches } = await rowsOf(files, file, format);
    assert.equal(values.length, n);
    assert.deepEqual(values[8], { id: 8n, name: 'n8', price: 2007, at: new Date(8_000), ok: true });
    assert.equal(values[7]!.name, null);
    for (const { next } of batches)
      assert.deepEqual((await rowsOf(files, file, format, next)).values.length, n - next.row);
    for (const name of ['pq/cut.parquet', 'pq/none.parquet'])
      await assert.rejects(
        rowsOf(files, await only(files, name), format),
        (error) => isMedallionError(error) && error.code === 'MED_FILE_UNREADABLE',
      );
  });
});
