import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  atLeast,
  atMost,
  between,
  type Check,
  check,
  isoInstant,
  matches,
  nonEmpty,
  notNull,
  oneOf,
  orNull,
  positive,
} from './check.ts';
import { REJECTED } from './plan.ts';

const accepts = <In>(c: Check<In, unknown>, ...values: readonly In[]): void => {
  for (const value of values) assert.equal(c.accept(value), value, `${c.text}: ${String(value)}`);
};
const rejects = <In>(c: Check<In, unknown>, ...values: readonly In[]): void => {
  for (const value of values) assert.equal(c.accept(value), REJECTED, `${c.text}: ${String(value)}`);
};

describe('checks', () => {
  it('between includes both of its ends', () => {
    accepts(between(-90, 90), -90, 0, 90);
    rejects(between(-90, 90), -90.000001, 90.000001, Number.NaN, Number.POSITIVE_INFINITY);
  });

  it('positive is greater than zero', () => {
    accepts(positive, 1, Number.MIN_VALUE);
    rejects(positive, 0, -0, -1, Number.NaN);
  });

  it('atLeast and atMost include their bound', () => {
    accepts(atLeast(3), 3, 4);
    rejects(atLeast(3), 2.9, Number.NaN);
    accepts(atMost(3), 3, 2);
    rejects(atMost(3), 3.1, Number.NaN);
  });

  it('nonEmpty asks for one character', () => {
    accepts(nonEmpty, 'a', ' ');
    rejects(nonEmpty, '');
  });

  it('oneOf accepts just the listed texts, none of Object.prototype', () => {
    accepts(oneOf('a', 'b'), 'a', 'b');
    rejects(oneOf('a', 'b'), 'A', '', 'constructor', '__proto__');
  });

  it('isoInstant turns text into an instant', () => {
    assert.equal(isoInstant.accept('1970-01-01T00:00:01.000Z'), 1000);
    rejects(isoInstant, 'yesterday', '');
  });

  it('matches gives the same answer each time, whatever the flags', () => {
    const digits = matches(/\d+/gy);
    accepts(digits, '12', '12', '12');
    rejects(digits, 'ab');
  });

  it('of an own check only true passes', () => {
    const truthy = check('is truthy', ((value: string) => value) as unknown as (value: string) => boolean);
    rejects(truthy, 'yes', '');
    accepts(
      check('is long', (value: string) => value.length > 3),
      'long enough',
    );
  });

  it('notNull accepts any value', () => {
    accepts(notNull, 0, '', false);
    assert.equal(notNull.acceptsNull, false);
  });

  it('orNull accepts null and asks its check about the rest', () => {
    assert.equal(orNull(positive).acceptsNull, true);
    accepts(orNull(positive), null, 1);
    rejects(orNull(positive), 0);
  });

  it('each has a text that says what it accepts', () => {
    const texts = [notNull, nonEmpty, isoInstant, oneOf('a', 'b'), between(1, 2), positive, atLeast(1), atMost(2)];
    assert.deepEqual(
      [...texts, matches(/^a$/i), orNull(positive)].map((c) => c.text),
      [
        'is not null',
        'is not empty',
        'is an ISO-8601 instant',
        'one of a, b',
        'between 1 and 2',
        'is positive',
        'at least 1',
        'at most 2',
        'matches /^a$/i',
        'is positive, or null',
      ],
    );
  });

  it('narrows the type of the column', () => {
    assert.deepEqual(isoInstant.narrow({ kind: 'string' }), { kind: 'timestamp' });
    assert.deepEqual(oneOf('a', 'b').narrow({ kind: 'string' }), { kind: 'enum', symbols: ['a', 'b'] });
    assert.deepEqual(oneOf('a', 'b').narrow({ kind: 'enum', symbols: ['b', 'c'] }), { kind: 'enum', symbols: ['b'] });
    assert.deepEqual(orNull(oneOf('a')).narrow({ kind: 'string' }), { kind: 'enum', symbols: ['a'] });
    assert.deepEqual(positive.narrow({ kind: 'int' }), { kind: 'int' });
  });

  it('between agrees with comparison for all numbers', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), fc.double(), (min, max, value) => {
        assert.equal(between(min, max).accept(value) === value, value >= min && value <= max);
      }),
    );
  });
});
