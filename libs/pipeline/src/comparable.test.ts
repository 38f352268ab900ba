import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  boolean,
  date,
  decimal,
  double,
  type FieldSpec,
  int,
  list,
  long,
  oneOfStrings,
  row,
  string,
  timestamp,
} from '@medallion/schema';
import { comparable, fits } from './comparable.ts';

const types: Readonly<Record<string, FieldSpec<unknown>>> = {
  boolean: boolean(),
  int: int(),
  long: long(),
  double: double(),
  small: decimal(5, 2),
  large: decimal(10, 4),
  string: string(),
  a: oneOfStrings(['a']),
  ab: oneOfStrings(['a', 'b']),
  timestamp: timestamp(),
  date: date(),
  list: list(row('Wide', { x: int(), y: string() })),
  narrow: list(row('Narrow', { x: long() })),
};
const names = Object.keys(types);
const pairs = (holds: (a: FieldSpec<unknown>['type'], b: FieldSpec<unknown>['type']) => boolean): readonly string[] =>
  names.flatMap((a) => names.filter((b) => a !== b && holds(types[a]!.type, types[b]!.type)).map((b) => `${a} ${b}`));

describe('types', () => {
  it('hold every value of themselves and of narrower ones', () => {
    for (const name of names) assert.ok(fits(types[name]!.type, types[name]!.type), name);
    assert.deepEqual(pairs(fits), [
      'int long',
      'int double',
      'long double',
      'small double',
      'small large',
      'large double',
      'a string',
      'a ab',
      'ab string',
      'list narrow',
    ]);
  });

  it('compare with those of their kind, lists with none', () => {
    const numbers = ['int', 'long', 'double', 'small', 'large'];
    const texts = ['string', 'a', 'ab'];
    const wanted = [numbers, texts].flatMap((kind) =>
      kind.flatMap((a) => kind.filter((b) => a !== b).map((b) => `${a} ${b}`)),
    );
    assert.deepEqual([...pairs(comparable)].sort(), [...wanted].sort());
    assert.ok(!comparable(types.list!.type, types.list!.type));
  });
});
