import { isUtf8 } from 'node:buffer';
import { isMedallionError, messageOf } from '@medallion/core';
import type { FileBatch, FileMark, FileRow } from '@medallion/runtime';
import { type AsyncBuffer, type DecodedArray, type FileMetaData, parquetMetadataAsync, parquetScan } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { Content } from '../storage/storage.ts';
import { FileFault } from './pieces.ts';

/** Rows of a batch; memory is the decoded columns of one row group. */
const BATCH_ROWS = 2_000;
/** A few bytes can say that a column has any number of equal values; writers make groups of a million rows at most. */
const MAX_GROUP_ROWS = 5_000_000;
/** The most that a decimal of Parquet has. */
const MAX_SCALE = 76;

/** Turns a raw value of a column into one that the casts know. */
type Convert = (value: unknown) => unknown;

/** The rows of a Parquet file, one row group at a time; a mark is a row, found by the footer. */
export async function* readParquet(content: Content, from: FileMark): AsyncGenerator<FileBatch> {
  const file: AsyncBuffer = {
    byteLength: content.sizeBytes,
    slice(start, end = content.sizeBytes) {
      const bytes = sliceOf(content, start, end);
      // The library asks for several at once and hears of the first that fails: another one would end the process.
      bytes.catch(() => {});
      return bytes;
    },
  };
  const metadata = await known(() => parquetMetadataAsync(file));
  const columns = await known(async () => exactDecimals(metadata));
  const scan = await known(() => parquetScan({ file, metadata, compressors, utf8: false, parsers: PARSERS as never }));
  for (const range of scan.ranges) {
    if (range.rowEnd <= from.row) continue;
    const count = range.rowEnd - range.rowStart;
    if (!(count >= 0 && count <= MAX_GROUP_ROWS))
      throw new FileFault(`a row group says that it has ${count} rows, the most is ${MAX_GROUP_ROWS}`);
    const data = await known(() =>
      Promise.all(
        columns.map(({ name }) => scan.readColumn({ column: name, rowStart: range.rowStart, rowEnd: range.rowEnd })),
      ),
    );
    const short = data.find((values) => values.length !== count);
    if (short !== undefined) throw new FileFault(`a column has ${short.length} values of ${count}`);
    for (let row = Math.max(range.rowStart, from.row); row < range.rowEnd; ) {
      const end = Math.min(range.rowEnd, row + BATCH_ROWS);
      const first = row;
      const rows = await known(async () =>
        Array.from({ length: end - first }, (_, i): FileRow => {
          const value = valueAt(columns, data, first + i - range.rowStart);
          return { row: first + i, value, text: null };
        }),
      );
      row = end;
      yield { rows, next: { row: end, byte: null, line: 0 } };
    }
  }
}

/** Bytes of the file, where there are such: the footer says where, and may say anything. */
async function sliceOf(content: Content, start: number, end: number): Promise<ArrayBuffer> {
  if (!(start >= 0 && start <= end && end <= content.sizeBytes))
    throw new FileFault(`it has no bytes from ${start} to ${end}`);
  const bytes = await content.range(start, end);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}

type Column = { readonly name: string; readonly convert: Convert };

function valueAt(columns: readonly Column[], data: readonly DecodedArray[], index: number): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (let i = 0; i < columns.length; i++) {
    const { name, convert } = columns[i]!;
    const found: unknown = data[i]![index];
    const converted = found === null || found === undefined ? null : convert(found);
    if (name === '__proto__') Object.defineProperty(value, name, { value: converted, enumerable: true });
    else value[name] = converted;
  }
  return value;
}

/** Errors of the library are the file's fault; those of the storage are not. */
async function known<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isMedallionError(error)) throw error;
    throw new FileFault(messageOf(error));
  }
}

/**
 * The library reads decimals as floating point numbers (1999 × 0.01 is 19.990000000000002). So its schema is made to say
 * that they are plain numbers, and they become text with all their digits here. Those within structs stay as they are.
 */
function exactDecimals(metadata: FileMetaData): readonly Column[] {
  const columns: Column[] = [];
  const [root, ...elements] = metadata.schema;
  let at = 0;
  for (let n = 0; n < (root?.num_children ?? 0); n++) {
    const element = elements[at];
    if (element === undefined) throw new FileFault('its schema says that it has more columns than it has');
    at = after(elements, at);
    if (element.converted_type !== 'DECIMAL' || element.repetition_type === 'REPEATED') {
      columns.push({ name: element.name, convert: plain });
      continue;
    }
    const scale = element.scale ?? 0;
    if (!(scale >= 0 && scale <= MAX_SCALE)) throw new FileFault(`column ${element.name} has the scale ${scale}`);
    delete (element as { converted_type?: unknown }).converted_type;
    delete (element as { logical_type?: unknown }).logical_type;
    columns.push({ name: element.name, convert: (value) => decimalText(unscaled(value), scale) });
  }
  return columns;
}

/** The index behind an element and all that is in it: the list is the tree in depth-first order. */
function after(elements: FileMetaData['schema'], at: number): number {
  let next = at + 1;
  for (let child = 0; child < (elements[at]?.num_children ?? 0) && next <= elements.length; child++)
    next = after(elements, next);
  return next;
}

function unscaled(value: unknown): bigint {
  if (value instanceof Uint8Array)
    return value.length === 0 ? 0n : BigInt.asIntN(value.length * 8, BigInt(`0x${Buffer.from(value).toString('hex')}`));
  return BigInt(value as number | bigint);
}

function decimalText(value: bigint, scale: number): string {
  if (scale === 0) return value.toString();
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Bytes without a type are text where they are UTF-8: older writers name no type. */
const plain: Convert = (value) =>
  value instanceof Uint8Array && isUtf8(value) ? Buffer.from(value).toString('utf8') : value;

/** Text is not decoded by the library: what is no UTF-8 would be lost. */
const bytesAsText = (bytes: Uint8Array | undefined): unknown => (bytes === undefined ? bytes : plain(bytes));
const PARSERS = { stringFromBytes: bytesAsText, jsonFromBytes: bytesAsText };
