import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { isMedallionError } from '@medallion/core';
import type { FileBatch, FileMark, FileSource, FoundFile } from '@medallion/runtime';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { startS3Server } from '../../test/s3-server.ts';
import { createFileSource } from '../create-file-source.ts';

const START: FileMark = { row: 0, byte: 0, line: 0 };
const KEYS = { accessKeyId: 'test', secretAccessKey: 'test' };

const server = await startS3Server(KEYS);

describe('files in a bucket', { skip: typeof server === 'string' ? server : false }, () => {
  if (typeof server === 'string') return;
  const { endpoint } = server;
  const bucket = `bucket-${process.pid}`;
  // S3Proxy knows no checksums in trailers, which the client would send with each object.
  const client = new S3Client({
    ...{ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: KEYS },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const sources: FileSource[] = [];
  after(async () => {
    for (const source of sources) await source.close();
    client.destroy();
    await server.stop();
  });
  const sourceOn = async (root: string): Promise<FileSource> => {
    const source = await createFileSource({ root, settleMs: 0, s3: { endpoint, ...KEYS } });
    sources.push(source);
    return source;
  };
  const put = (Key: string, Body: string | Uint8Array) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  const read = async (source: FileSource, file: FoundFile, kind: 'json_lines' | 'parquet', from = START) => {
    const batches: FileBatch[] = [];
    for await (const batch of source.read(file, { kind }, from)) batches.push(batch);
    return { batches, values: batches.flatMap(({ rows }) => rows.map((row) => ('value' in row ? row.value : null))) };
  };
  const code = (wanted: string) => (error: unknown) => isMedallionError(error) && error.code === wanted;

  test('are listed below the prefix, in order, more of them than a page holds', async () => {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    for (let i = 0; i < 1_010; i += 101)
      await Promise.all(
        Array.from({ length: 101 }, (_, j) => put(`pre/many/f${String(i + j).padStart(4, '0')}.json`, '{}')),
      );
    await put('pre/many-others/x.json', '{}');
    await put('pre/many/_hidden.json', '{}');
    await put('pre/many/sub/y.json', '{}');
    await put('pre/many/empty.json', new Uint8Array(0));
    const { files, settling } = await (await sourceOn(`s3://${bucket}/pre/`)).list('many', '*.json');
    assert.deepEqual(settling, []);
    assert.equal(files.length, 1_011);
    assert.equal(files[0]!.path, 'many/f0000.json');
    assert.equal(files.at(-1)!.path, 'many/sub/y.json');
  });

  test('are read, also on from a mark, also Parquet by its footer', async () => {
    const text = Array.from({ length: 80_000 }, (_, n) => JSON.stringify({ n })).join('\n');
    await put('read/a.json', text);
    const n = Array.from({ length: 4_000 }, (_, i) => i);
    await put(
      'read/b.parquet',
      new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'n', data: n, type: 'INT32' }] })),
    );
    const source = await sourceOn(`s3://${bucket}`);
    const { files } = await source.list('read', '*');
    const { batches, values } = await read(source, files[0]!, 'json_lines');
    assert.equal(values.length, 80_000);
    assert.ok(batches.length > 1);
    const rest = await read(source, files[0]!, 'json_lines', batches[0]!.next);
    assert.deepEqual(rest.values, values.slice(batches[0]!.next.row));
    const parquet = await read(source, files[1]!, 'parquet', { row: 3_990, byte: null, line: 0 });
    assert.deepEqual(parquet.values.at(0), { n: 3_990 });
    assert.equal(parquet.values.length, 10);
  });

  test('that were replaced or removed since they were found are unreadable, and have another version', async () => {
    await put('version/a.json', '{"n":1}\n');
    await put('version/b.json', '{"n":1}\n');
    const source = await sourceOn(`s3://${bucket}`);
    const [a, b] = (await source.list('version', '*')).files;
    await put('version/a.json', '{"n":2}\n');
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'version/b.json' }));
    await assert.rejects(read(source, a!, 'json_lines'), code('MED_FILE_UNREADABLE'));
    await assert.rejects(read(source, b!, 'json_lines'), code('MED_FILE_UNREADABLE'));
    const [again] = (await source.list('version', '*')).files;
    assert.notEqual(again!.version, a!.version);
    assert.deepEqual((await read(source, again!, 'json_lines')).values, [{ n: 2 }]);
  });

  test('a bucket that is not there, and a server that is not, may come back', async () => {
    await assert.rejects((await sourceOn('s3://no-such-bucket')).list('', '*'), code('MED_FILES_UNAVAILABLE'));
    const away = await createFileSource({
      root: `s3://${bucket}`,
      settleMs: 0,
      s3: { endpoint: 'http://127.0.0.1:9', ...KEYS },
    });
    sources.push(away);
    await assert.rejects(away.list('', '*'), code('MED_FILES_UNAVAILABLE'));
  });
});
