import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '@medallion/core';
import fc from 'fast-check';
import { contentHash } from './scd-content.ts';
import type { Sequence } from './scd-order.ts';
import { Scd1State } from './scd1-state.ts';
import type { Standing } from './scd2.ts';
import type { KnownChange } from './scd2-arena.ts';
import { type RowChange, Scd2State } from './scd2-state.ts';

type Row = { readonly name: string; readonly note: string };
type Input = { readonly key: string; readonly sequence: Sequence; readonly row: Row | null };
type Version = readonly [from: Sequence, to: Sequence | null, name: string, note: string];

const contentOf = contentHash(['name', 'note']);
const trackedOf = contentHash(['name']);
const toChange = ({ sequence, row }: Input): RowChange => ({
  sequence,
  deleted: row === null,
  content: row === null ? 0 : contentOf(row),
  tracked: row === null ? 0 : trackedOf(row),
  row: row === null ? null : new TextEncoder().encode(JSON.stringify(row)),
});
const upsert = (sequence: Sequence, name: string, note = ''): Input => ({ key: 'k', sequence, row: { name, note } });
const gone = (sequence: Sequence): Input => ({ key: 'k', sequence, row: null });

/** A table of type 2 that is kept up to date with the records that a state gives, as a reader of a changelog would. */
class Table2 {
  readonly state = new Scd2State();
  readonly rows = new Map<string, Version>();
  most = 0;

  apply(input: Input, at = instant(0)): this {
    const standing = this.state.apply(input.key, toChange(input), at);
    this.most = Math.max(this.most, standing.length);
    for (const each of standing) this.#write(input.key, each);
    return this;
  }

  versions(key = 'k'): Version[] {
    const found = [...this.rows].filter(([at]) => JSON.parse(at)[0] === key).map(([, version]) => version);
    return found.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #write(key: string, standing: Standing<KnownChange>): void {
    const at = JSON.stringify([key, standing.change.sequence]);
    if (standing.kind !== 'version') this.rows.delete(at);
    else {
      const { name } = this.#row(standing.change);
      this.rows.set(at, [standing.change.sequence, standing.end, name, this.#row(standing.latest).note]);
    }
  }

  #row(change: KnownChange): Row {
    return JSON.parse(new TextDecoder().decode(this.state.row(change))) as Row;
  }
}

const table2 = (...inputs: readonly Input[]) => inputs.reduce((table, input) => table.apply(input), new Table2());

/** Type 1 by the state, with the rows beside it. */
function table1(inputs: readonly Input[]): Map<string, Row> {
  const state = new Scd1State();
  const rows = new Map<string, Row>();
  for (const input of inputs) {
    if (!state.apply(input.key, toChange(input), instant(0))) continue;
    if (input.row === null) rows.delete(input.key);
    else rows.set(input.key, input.row);
  }
  return rows;
}

// The oracle: all changes of a key sorted, of equal sequences the last, then one sweep that closes and opens versions.
function counted(inputs: readonly Input[], key: string): Input[] {
  const hash = ({ row }: Input) => (row === null ? Number.POSITIVE_INFINITY : contentOf(row));
  const sorted = inputs
    .filter((input) => input.key === key)
    .sort((a, b) => (a.sequence < b.sequence ? -1 : a.sequence > b.sequence ? 1 : hash(a) - hash(b)));
  return sorted.filter(({ sequence }, i) => sorted[i + 1]?.sequence !== sequence);
}

function oracle2(inputs: readonly Input[], key: string): Version[] {
  const versions: Version[] = [];
  let open: [Sequence, string, string] | null = null;
  for (const { sequence, row } of counted(inputs, key)) {
    if (open !== null && row !== null && open[1] === row.name) {
      open[2] = row.note;
      continue;
    }
    if (open !== null) versions.push([open[0], sequence, open[1], open[2]]);
    open = row === null ? null : [sequence, row.name, row.note];
  }
  return open === null ? versions : [...versions, [open[0], null, open[1], open[2]]];
}

const KEYS = ['a', 'b', 'c', 'd', 'e'];
/** Up to 80 changes for each of 5 keys: a fifth deletes, a seventh repeated, sequences that meet, in any order. */
const anyChanges = fc
  .array(
    fc.record({
      key: fc.constantFrom(...KEYS),
      sequence: fc.integer({ min: 0, max: 120 }),
      deletes: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
      name: fc.constantFrom('Alice', 'Bob'),
      note: fc.constantFrom('x', 'y', 'z'),
      repeated: fc.integer({ min: 0, max: 6 }).map((n) => n === 0),
    }),
    { maxLength: 400 },
  )
  .chain((changes) => {
    const inputs = changes.flatMap(({ key, sequence, deletes, name, note, repeated }) => {
      const input: Input = { key, sequence, row: deletes ? null : { name, note } };
      return repeated ? [input, input] : [input];
    });
    return fc.shuffledSubarray(inputs, { minLength: inputs.length });
  });

test('C1 C2 C3 C4 type 1 equals the sorted run, whatever the order and repetition', () => {
  fc.assert(
    fc.property(anyChanges, (inputs) => {
      const expected = new Map<string, Row>();
      for (const key of KEYS) {
        const last = counted(inputs, key).at(-1)?.row ?? null;
        if (last !== null) expected.set(key, last);
      }
      assert.deepEqual(new Map([...table1(inputs)].sort()), expected);
    }),
    { numRuns: 300 },
  );
});

test('C1 C3 C6 C7 C8 C9 C10 type 2 equals the sorted run, whatever the order and repetition', () => {
  fc.assert(
    fc.property(anyChanges, (inputs) => {
      const table = table2(...inputs);
      for (const key of KEYS) {
        assert.deepEqual(table.versions(key), oracle2(inputs, key));
        assert.equal(table.state.standing(key).length, counted(inputs, key).length);
      }
      assert.ok(table.most <= 3);
    }),
    { numRuns: 300 },
  );
});

test('C9 a late version splits one that holds absorbed changes', () => {
  const table = table2(upsert(5, 'Alice'), upsert(10, 'Alice'), upsert(15, 'Alice'), upsert(20, 'Charlie'));
  assert.deepEqual(table.versions(), [
    [5, 20, 'Alice', ''],
    [20, null, 'Charlie', ''],
  ]);
  table.apply(upsert(12, 'Bob'));
  assert.deepEqual(table.versions(), [
    [5, 12, 'Alice', ''],
    [12, 15, 'Bob', ''],
    [15, 20, 'Alice', ''],
    [20, null, 'Charlie', ''],
  ]);
});

test('C8 a version shows the untracked columns of its last change, and its own again when a split takes that away', () => {
  const table = table2(upsert(5, 'Alice', 'old'), upsert(15, 'Alice', 'new'));
  assert.deepEqual(table.versions(), [[5, null, 'Alice', 'new']]);
  table.apply(upsert(12, 'Bob', ''));
  assert.deepEqual(table.versions()[0], [5, 12, 'Alice', 'old']);
});

test('C6 a delete ends a version, and nothing is between it and the next upsert', () => {
  const table = table2(upsert(5, 'Alice'), gone(8), upsert(10, 'Alice'));
  assert.deepEqual(table.versions(), [
    [5, 8, 'Alice', ''],
    [10, null, 'Alice', ''],
  ]);
});

test('C4 a delete that comes before an older upsert ends it', () => {
  assert.deepEqual(table2(gone(8), upsert(5, 'Alice')).versions(), [[5, 8, 'Alice', '']]);
  assert.equal(table1([gone(8), upsert(5, 'Alice')]).size, 0);
});

test('C3 of equal sequences a delete counts before an upsert, in either order', () => {
  assert.deepEqual(table2(upsert(5, 'Alice'), gone(5)).versions(), []);
  assert.deepEqual(table2(gone(5), upsert(5, 'Alice')).versions(), []);
  assert.equal(table1([upsert(5, 'Alice'), gone(5)]).size, 0);
  assert.equal(table1([gone(5), upsert(5, 'Alice')]).size, 0);
});

test('C2 sequences may be texts', () => {
  const table = table2(upsert('b', 'Bob'), upsert('a', 'Alice'), upsert('c', 'Bob'));
  assert.deepEqual(table.versions(), [
    ['a', 'b', 'Alice', ''],
    ['b', null, 'Bob', ''],
  ]);
  assert.equal(table1([upsert('b', 'Bob'), upsert('a', 'Alice')]).get('k')?.name, 'Bob');
});

test('C5 type 1 forgets what was deleted before the horizon, and only that', () => {
  const state = new Scd1State();
  for (let i = 0; i < 500; i++) state.apply(`gone ${i}`, toChange(gone(9)), instant(i));
  for (let i = 0; i < 500; i++) state.apply(`there ${i}`, toChange(upsert(9, 'Alice')), instant(i));
  state.forget(instant(400));
  assert.equal(state.size, 600);
  assert.equal(state.apply('gone 399', toChange(upsert(5, 'Alice')), instant(500)), true);
  assert.equal(state.apply('gone 400', toChange(upsert(5, 'Alice')), instant(500)), false);
  assert.equal(state.apply('there 0', toChange(upsert(5, 'Bob')), instant(500)), false);
});

test('C5 type 2 forgets deletes that end no version, and never one that does', () => {
  const table = table2(upsert(5, 'Alice'), gone(8), gone(12), gone(20));
  table.state.forget(instant(1));
  table.apply(upsert(10, 'Bob')).apply(upsert(6, 'Carol'));
  assert.deepEqual(table.versions(), [
    [5, 6, 'Alice', ''],
    [6, 8, 'Carol', ''],
    [10, null, 'Bob', ''],
  ]);
});

test('C6 an end that no change explains was a delete, once all is read', () => {
  const state = new Scd2State();
  state.apply('k', toChange(upsert(5, 'Alice')), instant(0));
  state.endsAt('k', 8);
  state.endsAt('k', 8);
  state.endsAt('k', 20);
  state.apply('k', toChange(upsert(20, 'Bob')), instant(0));
  state.settle();
  assert.deepEqual(
    state.standing('k').map(({ kind, change }) => [kind, change.sequence]),
    [
      ['version', 5],
      ['deleted', 8],
      ['version', 20],
    ],
  );
  assert.equal(state.apply('k', toChange(upsert(8, 'Late')), instant(0)).length, 0, 'the delete counts');
});

test('a content hash sees every column, takes a null for no column, and is the same for ever', () => {
  const hash = contentHash(['a', 'b', 'c']);
  assert.equal(hash({ a: 'x', b: 1, c: null }), contentHash(['a', 'b'])({ a: 'x', b: 1 }));
  assert.notEqual(hash({ a: 'x', b: null }), hash({ a: null, b: 'x' }));
  assert.notEqual(hash({ a: 'xy', b: '' }), hash({ a: 'x', b: 'y' }));
  assert.notEqual(hash({ a: '1' }), hash({ a: 1 }));
  assert.notEqual(hash({ a: [{ x: 1 }] }), hash({ a: [{ x: 2 }] }));
  assert.equal(hash({ a: [{ x: 1, y: 2 }] }), hash({ a: [{ y: 2, x: 1 }] }));
  assert.equal(hash({ a: 0 }), hash({ a: -0 }));
  assert.equal(hash({ a: 'Alice', b: 12.5, c: true }), 8_020_310_484_734_229);
});
