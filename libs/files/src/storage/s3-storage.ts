import type { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { instant, isMedallionError, MedallionError, messageOf } from '@medallion/core';
import type { FoundFile } from '@medallion/runtime';
import type { Content, Storage } from './storage.ts';

/** How a bucket is reached; what is absent is taken from the environment, as AWS's own tools do. */
export type S3Settings = {
  /** The address of an S3-compatible storage; AWS's own when absent. */
  readonly endpoint?: string;
  readonly region?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
};

/** Objects appear whole and are never changed in place: another content has another version. */
export function s3Storage(root: string, settings: S3Settings): Storage {
  const { hostname: bucket, pathname } = new URL(root);
  const prefix = decodeURIComponent(pathname).replace(/^\/+|\/+$/g, '');
  const { endpoint, region, accessKeyId, secretAccessKey } = settings;
  const client = new S3Client({
    region: region ?? 'us-east-1',
    // Other storages than AWS's know buckets by path only, and not all of them the newer checksums.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey } }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const keyOf = (path: string): string => (prefix === '' ? path : `${prefix}/${path}`);

  return {
    root,
    atomic: true,
    async *list(path) {
      const below = keyOf(path === '' ? '' : `${path}/`);
      for (let token: string | undefined, more = true; more; ) {
        const page = await asked(path, () =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: below,
              ...(token === undefined ? {} : { ContinuationToken: token }),
            }),
          ),
        );
        for (const { Key, Size, LastModified, ETag } of page.Contents ?? []) {
          if (Key === undefined || Key.endsWith('/')) continue;
          const modifiedAt = instant(LastModified?.getTime() ?? 0);
          // With the time, since the content of a state may come back after another one.
          const version = `${ETag ?? ''} ${modifiedAt}`;
          yield { path: prefix === '' ? Key : Key.slice(prefix.length + 1), sizeBytes: Size ?? 0, modifiedAt, version };
        }
        token = page.NextContinuationToken;
        more = token !== undefined;
      }
    },
    open: async (file) => s3Content(client, bucket, keyOf(file.path), file),
    async close() {
      client.destroy();
    },
  };
}

async function asked<T>(path: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw failure(path, error);
  }
}

function failure(path: string, error: unknown): MedallionError {
  if (isMedallionError(error)) return error;
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  const name = error instanceof Error ? error.name : '';
  const reason =
    status === 412
      ? 'it has changed since it was found'
      : name === 'NoSuchKey' || (status === 404 && name !== 'NoSuchBucket')
        ? 'it is not there any more'
        : null;
  return reason === null
    ? new MedallionError('MED_FILES_UNAVAILABLE', { path, reason: messageOf(error) || name }, { cause: error })
    : new MedallionError('MED_FILE_UNREADABLE', { path, format: 'an object', reason }, { cause: error });
}

/** Each request names the version that it wants. */
function s3Content(client: S3Client, bucket: string, key: string, file: FoundFile): Content {
  const etag = file.version.split(' ')[0] ?? '';
  const get = (range: string | null, signal: AbortSignal) =>
    client.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(etag === '' ? {} : { IfMatch: etag }),
        ...(range === null ? {} : { Range: range }),
      }),
      { abortSignal: signal },
    );
  return {
    sizeBytes: file.sizeBytes,
    async *stream(from) {
      if (from >= file.sizeBytes) return;
      const ended = new AbortController();
      try {
        const { Body } = await get(from === 0 ? null : `bytes=${from}-`, ended.signal);
        yield* Body as Readable as AsyncIterable<Buffer>;
      } catch (error) {
        throw failure(file.path, error);
      } finally {
        ended.abort(); // whoever stops reading wants no more bytes
      }
    },
    range: (from, to) =>
      asked(file.path, async () => {
        if (to <= from) return Buffer.alloc(0);
        const { Body } = await get(`bytes=${from}-${to - 1}`, new AbortController().signal);
        return Buffer.from(await Body!.transformToByteArray());
      }),
    async close() {},
  };
}
