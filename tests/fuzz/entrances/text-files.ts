import { gzipSync } from 'node:zlib';
import { csv, jsonArray, jsonLines } from '@medallion/pipeline';
import fc from 'fast-check';
import { entrance } from '../engine/fuzz.ts';
import { mutated, noise } from '../hostile/bytes.ts';
import { jsonObject } from '../hostile/json.ts';
import { hostileText, INHERITED } from '../hostile/texts.ts';
import { neighbour, RawEvent, rightEvent } from './events.ts';
import { type Dropped, readsAmongNeighbours } from './file-world.ts';

const event = jsonObject(rightEvent);
const breaks = fc.constantFrom('\n', '\r\n', '\n\n', '\r', '\u2028');

const lines = fc.array(fc.tuple(event, breaks), { maxLength: 4 }).map((all) => Buffer.from(all.flat().join('')));
const array = fc
  .tuple(fc.array(event, { maxLength: 4 }), fc.constantFrom(',', ' ,\n', ',,', ';', ''))
  .map(([all, separator]) => Buffer.from(`[${all.join(separator)}]`));

const cell = fc.oneof(
  fc.constantFrom('', '1', 'e1', '2025-12-24T11:00:00Z', '""', '"a,b"', '"a\nb"', '"', 'a"b', '"a"b'),
  hostileText,
  hostileText.map((text) => `"${text.replaceAll('"', '""')}"`),
);
const NAMES = Object.keys(rightEvent);
const header = fc.oneof(
  { weight: 4, arbitrary: fc.constant(NAMES) },
  { weight: 1, arbitrary: fc.array(fc.oneof(fc.constantFrom(...NAMES, ...INHERITED), cell), { maxLength: 14 }) },
);
const table = fc
  .tuple(header, fc.array(fc.array(cell, { minLength: 10, maxLength: 14 }), { maxLength: 4 }), breaks)
  .map(([names, rows, end]) => Buffer.from([names, ...rows].map((each) => each.join(',')).join(end)));

/** Little that becomes much: white space, lines of nothing, one line, or one quote, without an end. */
const BOMBS: readonly Buffer[] = [' ', '\n', '"', 'a', '['].map((part) => gzipSync(Buffer.alloc(9_000_000, part)));

const dropped = (whole: fc.Arbitrary<Buffer>): fc.Arbitrary<Dropped> => {
  const plain = fc.oneof(
    { weight: 3, arbitrary: whole },
    { weight: 6, arbitrary: mutated(whole) },
    { weight: 1, arbitrary: noise },
  );
  const gzipped = fc.oneof(
    {
      weight: 3,
      arbitrary: mutated(
        whole.map((bytes) => gzipSync(bytes)),
        2,
      ),
    },
    { weight: 3, arbitrary: plain.map((bytes) => gzipSync(bytes)) },
  );
  return fc.oneof(
    { weight: 4_500, arbitrary: plain.map((bytes) => ({ bytes, gzipped: false })) },
    { weight: 500, arbitrary: gzipped.map((bytes) => ({ bytes, gzipped: true })) },
    { weight: 1, arbitrary: fc.constantFrom(...BOMBS).map((bytes) => ({ bytes, gzipped: true })) },
  );
};

const TOGETHER = 128;

export const jsonLinesFiles = entrance({
  name: 'files-json-lines',
  about: 'files of JSON lines, also compressed',
  cases: dropped(lines),
  together: TOGETHER,
  judge: (batch, journal) =>
    readsAmongNeighbours(jsonLines(RawEvent), batch, (i) => Buffer.from(JSON.stringify(neighbour(i))), journal),
});

export const jsonFiles = entrance({
  name: 'files-json',
  about: 'files of a JSON array or object, also compressed',
  cases: dropped(array),
  together: TOGETHER,
  judge: (batch, journal) =>
    readsAmongNeighbours(jsonArray(RawEvent), batch, (i) => Buffer.from(JSON.stringify([neighbour(i)])), journal),
});

export const csvFiles = entrance({
  name: 'files-csv',
  about: 'files of CSV, also compressed',
  cases: dropped(table),
  together: TOGETHER,
  judge: (batch, journal) =>
    readsAmongNeighbours(csv(RawEvent), batch, (i) => Buffer.from(`event_id,n\nneighbour-${i},1\n`), journal),
});
