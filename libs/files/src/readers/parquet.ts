import { isUtf8 } from 'node:buffer';
import { isMedallionError, messageOf } from '@medallion/core';
import type { FileBatch, FileMark, FileRow } from '@medallion/runtime';
import { type AsyncBuffer, type DecodedArray, type FileMetaData, parquetMetadataAsync, parquetScan } from 'hyparquet';
import type { Content } from '../storage/storage.ts';
import { checkFile, MAX_FOOTER_BYTES, roomFor } from './parquet-bounds.ts';
import { type Budget, codecsWithin } from './parquet-codecs.ts';
import { Grown, sizeOf } from './parquet-grown.ts';
import { FileFault } from './pieces.ts';

/** Rows of a batch; memory is the decoded columns of one row group. */
const BATCH_ROWS = 2_000;
/** The most that a decimal of Parquet has, and the bytes that these digits take. */
const MAX_SCALE = 76;
const MAX_DECIMAL_BYTES = 32;

/** Turns a raw value of a column into one that the casts know. */
type Convert = (value: unknown) => unknown;

/** The rows of a Parquet file, one row group at a time; a mark is a row, found by the footer. */
export async function* readParquet(content: Content, from: FileMark): AsyncGenerator<FileBatch> {
  let most = MAX_FOOTER_BYTES;
  const file: AsyncBuffer = {
    byteLength: content.sizeBytes,
    slice(start, end = content.sizeBytes) {
      const bytes = sliceOf(content, start, end, most);
      // The library asks for several at once and hears of the first that fails: another one would end the process.
      bytes.catch(() => {});
      return bytes;
    },
  };
  const metadata = await known(() => parquetMetadataAsync(file));
  await known(async () => checkFile(metadata, content.sizeBytes));
  most = content.sizeBytes;
  const columns = await known(async () => exactDecimals(metadata));
  const budget: Budget = { left: 0 };
  const compressors = codecsWithin(budget);
  const scan = await known(() => parquetScan({ file, metadata, compressors, utf8: false, parsers: PARSERS as never }));
  const grown = new Grown(content.sizeBytes);
  // Groups without rows have no range.
  const groups = metadata.row_groups.filter(({ num_rows }) => num_rows > 0);
  for (const [i, range] of scan.ranges.entries()) {
    if (range.rowEnd <= from.row) continue;
    const count = range.rowEnd - range.rowStart;
    budget.left = await known(async () => roomFor(groups[i]!));
    const data = await known(() =>
      Promise.all(
        columns.map(async ({ name }) =>
          scan.readColumn({ column: name, rowStart: range.rowStart, rowEnd: range.rowEnd }),
        ),
      ),
    );
    const short = data.find((values) => values.length !== count);
    if (short !== undefined) throw new FileFault(`a column has ${short.length} values of ${count}`);
    for (let row = Math.max(range.rowStart, from.row); row < range.rowEnd; ) {
      const rows: FileRow[] = [];
      await known(async () => {
        for (grown.begin(); row < range.rowEnd && rows.length < BATCH_ROWS && !grown.isFull; row++) {
          const { value, bytes } = valueAt(columns, data, row - range.rowStart);
          grown.add(bytes);
          rows.push({ row, value, text: null });
        }
      });
      yield { rows, next: { row, byte: null, line: 0 } };
    }
  }
}

/** Bytes of the file, where there are such: the footer says where, and may say anything. */
async function sliceOf(content: Content, start: number, end: number, most: number): Promise<ArrayBuffer> {
  if (!(start >= 0 && start <= end && end <= content.sizeBytes))
    throw new FileFault(`it has no bytes from ${start} to ${end}`);
  if (end - start > most) throw new FileFault(`its footer has ${end - start} bytes, the most is ${most}`);
  const bytes = await content.range(start, end);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}

type Column = { readonly name: string; readonly convert: Convert };

type Read = { readonly value: Readonly<Record<string, unknown>>; readonly bytes: number };

function valueAt(columns: readonly Column[], data: readonly DecodedArray[], index: number): Read {
  const value: Record<string, unknown> = {};
  let bytes = 0;
  for (let i = 0; i < columns.length; i++) {
    const { name, convert } = columns[i]!;
    const found: unknown = data[i]![index];
    const converted = found === null || found === undefined ? null : convert(found);
    bytes += sizeOf(converted);
    if (name === '__proto__') Object.defineProperty(value, name, { value: converted, enumerable: true });
    else value[name] = converted;
  }
  return { value, bytes };
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
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint);
  if (value.length > MAX_DECIMAL_BYTES) throw new FileFault(`a decimal has ${value.length} bytes`);
  return value.length === 0 ? 0n : BigInt.asIntN(value.length * 8, BigInt(`0x${Buffer.from(value).toString('hex')}`));
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
