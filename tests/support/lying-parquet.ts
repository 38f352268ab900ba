import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { type Fields, struct, varint } from './thrift.ts';

/** A page; what is left out is said as it is. */
export type LyingPage = {
  /** 0 a data page, 2 a dictionary, 3 a data page of the second version. */
  readonly kind: number;
  readonly encoding: number;
  readonly payload: Buffer;
  readonly values?: number | undefined;
  readonly packed?: number | undefined;
  readonly unpacked?: number | undefined;
  readonly nulls?: number | undefined;
  readonly rows?: number | undefined;
  readonly levels?: number | undefined;
  /** The field of the header that is not there. */
  readonly without?: number | undefined;
};

/** A column; what is left out is said as it is. */
export type LyingColumn = {
  readonly name: string;
  /** By number, as codecs, encodings and conversions are. */
  readonly type: number;
  /** 0 required, 1 optional, 2 repeated. */
  readonly repetition: number;
  readonly codec: number;
  readonly pages: readonly LyingPage[];
  readonly converted?: number | undefined;
  readonly values?: number | undefined;
  readonly bytes?: number | undefined;
  readonly offset?: number | undefined;
  readonly length?: number | undefined;
  readonly scale?: number | undefined;
  readonly children?: number | undefined;
};

/** A file; what is left out is said as it is. */
export type LyingFile = {
  readonly columns: readonly LyingColumn[];
  readonly rows?: number | undefined;
  /** How many row groups there are, all of them the same bytes. */
  readonly groups?: number | undefined;
  readonly schemaSays?: number | undefined;
  readonly footerLength?: number | undefined;
  readonly geo?: string | undefined;
};

/** So many rows has a file that says nothing else. */
export const LYING_ROWS = 10;
export const TYPES = { boolean: 0, int: 1, long: 2, int96: 3, double: 5, bytes: 6, fixed: 7 } as const;
export const CODECS = { none: 0, snappy: 1, gzip: 2, brotli: 4, lz4: 5, zstd: 6, lz4Raw: 7 } as const;

/** Snappy and LZ4 of literals alone. */
function pack(codec: number, bytes: Buffer): Buffer {
  switch (codec) {
    case CODECS.gzip:
      return gzipSync(bytes);
    case CODECS.brotli:
      return brotliCompressSync(bytes);
    case CODECS.zstd:
      return zstdCompressSync(bytes);
    case CODECS.snappy:
      return Buffer.from([
        ...varint(bytes.length),
        61 << 2,
        (bytes.length - 1) & 255,
        (bytes.length - 1) >> 8,
        ...bytes,
      ]);
    case CODECS.lz4:
    case CODECS.lz4Raw: {
      if (bytes.length < 15) return Buffer.from([bytes.length << 4, ...bytes]);
      const more = bytes.length - 15;
      return Buffer.from([0xf0, ...new Array<number>(Math.floor(more / 255)).fill(255), more % 255, ...bytes]);
    }
    default:
      return bytes;
  }
}

function pageBytes(page: LyingPage, codec: number): Buffer {
  const packed = pack(codec, page.payload);
  const values = { int: page.values ?? LYING_ROWS };
  const encoding = { int: page.encoding };
  const header: Fields = [
    [1, { int: page.kind }],
    [2, { int: page.unpacked ?? page.payload.length }],
    [3, { int: page.packed ?? packed.length }],
  ];
  const ofKind: Fields[] = [
    page.kind === 0
      ? [
          [
            5,
            {
              struct: [
                [1, values],
                [2, encoding],
              ],
            },
          ],
        ]
      : [],
    page.kind === 2
      ? [
          [
            7,
            {
              struct: [
                [1, values],
                [2, { int: 0 }],
              ],
            },
          ],
        ]
      : [],
  ];
  const second: Fields = [
    [1, values],
    [2, { int: page.nulls ?? 0 }],
    [3, { int: page.rows ?? LYING_ROWS }],
    [4, encoding],
    [5, { int: page.levels ?? 0 }],
    [6, { int: 0 }],
  ];
  if (page.kind === 3) ofKind.push([[8, { struct: second }]]);
  const fields = [...header, ...ofKind.flat()].filter(([id]) => id !== page.without);
  return Buffer.concat([Buffer.from(struct(fields)), packed]);
}

const HEAD = Buffer.from('PAR1');

/** A file of Parquet that says whatever it is told to, all else about it being right. */
export function lyingParquet({ columns, rows, groups = 1, schemaSays, footerLength, geo }: LyingFile): Buffer {
  let at = HEAD.length;
  const chunks = columns.map((column) => {
    const bytes = Buffer.concat(column.pages.map((page) => pageBytes(page, column.codec)));
    const from = at;
    at += bytes.length;
    return { column, bytes, from };
  });
  const schema = columns.map(
    ({ name, type, repetition, converted, length, scale, children }): Fields => [
      [1, { int: type }],
      [2, type === TYPES.fixed ? { int: length ?? 4 } : undefined],
      [3, { int: repetition }],
      [4, { text: name }],
      [5, children === undefined ? undefined : { int: children }],
      [6, converted === undefined ? undefined : { int: converted }],
      [7, { int: scale ?? 2 }],
    ],
  );
  const metadata = chunks.map(
    ({ column, bytes, from }): Fields => [
      [1, { int: column.type }],
      [3, { list: [{ text: column.name }] }],
      [4, { int: column.codec }],
      [5, { long: BigInt(column.values ?? rows ?? LYING_ROWS) }],
      [7, { long: BigInt(column.bytes ?? bytes.length) }],
      [9, { long: BigInt(column.offset ?? from) }],
    ],
  );
  const said = { long: BigInt(rows ?? LYING_ROWS) };
  const group: Fields = [
    [
      1,
      {
        list: metadata.map((fields) => ({
          struct: [
            [2, { long: 4n }],
            [3, { struct: fields }],
          ],
        })),
      },
    ],
    [3, said],
  ];
  const root: Fields = [
    [4, { text: 'r' }],
    [5, { int: columns.length }],
  ];
  const elements = [root, ...schema].map((fields) => ({ struct: fields }));
  const keyed: Fields = [
    [1, { text: 'geo' }],
    [2, { text: geo ?? '' }],
  ];
  const footer: Fields = [
    [1, { int: 1 }],
    [2, { list: elements, ...(schemaSays === undefined ? {} : { says: schemaSays }) }],
    [3, said],
    [4, { list: new Array<{ struct: Fields }>(groups).fill({ struct: group }) }],
    [5, geo === undefined ? undefined : { list: [{ struct: keyed }] }],
  ];
  return withFooter(
    chunks.map(({ bytes }) => bytes),
    Buffer.from(struct(footer)),
    footerLength,
  );
}

/** A file of these pages and a footer. */
export function withFooter(pages: readonly Buffer[], footer: Buffer, says: number = footer.length): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(says >>> 0);
  return Buffer.concat([HEAD, ...pages, footer, length, HEAD]);
}
