import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { instant, isMedallionError } from '@medallion/core';
import { Check } from 'typebox/value';
import { QueryInfo } from '../../contract/index.ts';
import { QUERIES } from './all-queries.ts';
import { infoOf } from './answer-query.ts';
import { askedOf, beforeOf, saidOf } from './asked.ts';

const NOW = instant(Date.parse('2026-01-05T10:00:30Z'));
const NEWEST = Date.parse('2025-12-24T13:19:00Z');
const newest = (at: number | null) => (async () => [{ newest: at }]) as never;
const isRefused = (error: unknown): boolean => isMedallionError(error) && error.code === 'MED_REQUEST_INVALID';
const top = QUERIES.find(({ name }) => name === 'top-cities')!;

test('each query has a name of its own, a file of that name, and what the contract asks for', () => {
  assert.equal(new Set(QUERIES.map(({ name }) => name)).size, 14);
  for (const query of QUERIES) {
    assert.ok(Check(QueryInfo, infoOf(query)), query.name);
    assert.ok(readdirSync(import.meta.dirname).includes(`${query.name}.ts`), query.name);
    const columns = query.columns.map(({ name }) => name);
    const { x, y, series } = query.chart;
    for (const column of [x, series, ...y])
      assert.ok(column === null || columns.includes(column), `${query.name} ${column}`);
  }
});

test('the SQL of each is a constant text, whose places are its values', () => {
  for (const { name, sql, values, parameters } of QUERIES) {
    const source = readFileSync(new URL(`${name}.ts`, import.meta.url), 'utf8');
    assert.ok(source.includes(`sql: \`${sql}\``), `${name} is written as it is run`);
    const places = new Set([...sql.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n)));
    assert.deepEqual(
      [...places].toSorted((a, b) => a - b),
      values.map((_, i) => i + 1),
      name,
    );
    assert.deepEqual([...values].toSorted(), [...parameters].toSorted(), name);
    assert.doesNotMatch(sql, /;/);
  }
});

test('the guide names each query and its parameters', () => {
  const guide = readFileSync(new URL('../../../../../docs/dashboard-queries.md', import.meta.url), 'utf8');
  for (const { name, parameters } of QUERIES) {
    const line = guide.split('\n').find((each) => each.startsWith(`| \`${name}\` |`));
    assert.ok(line, name);
    const named = [...line.matchAll(/`(\w+)`/g)].map(([, word]) => word);
    assert.deepEqual(
      named.filter((word) => parameters.some((known) => known === word)),
      [...parameters],
      name,
    );
  }
});

test('parameters that a query does not know are refused, and values that are none', () => {
  assert.throws(() => saidOf(top, { region: 'Asia' }), isRefused);
  assert.throws(() => saidOf(top, { city: 'a\u0000' }), isRefused);
  assert.throws(() => saidOf(top, { from: '2025-12-24T23:59:60Z' }), isRefused);
  assert.throws(() => saidOf(top, { from: '2025-12-24T10:00:00Z', to: '2025-12-24T10:00:00Z' }), isRefused);
  assert.deepEqual(saidOf(top, { city: '' }), {
    from: null,
    to: null,
    region: null,
    gift_type: null,
    city: null,
    limit: 20,
  });
});

test('the time range is the hour that ends with the newest minute, or is completed to an hour', async () => {
  const range = async (given: object, at: number | null = NEWEST) => {
    const { from, to } = await askedOf(newest(at), saidOf(top, given), NOW);
    return [from, to];
  };
  assert.deepEqual(await range({}), ['2025-12-24T12:20:00.000Z', '2025-12-24T13:20:00.000Z']);
  assert.deepEqual(await range({}, null), ['2026-01-05T09:01:00.000Z', '2026-01-05T10:01:00.000Z']);
  assert.deepEqual(await range({ to: '2025-12-24T11:00:00Z' }), [
    '2025-12-24T10:00:00.000Z',
    '2025-12-24T11:00:00.000Z',
  ]);
  assert.deepEqual(await range({ from: '2025-12-24T11:00:00Z' }), [
    '2025-12-24T11:00:00.000Z',
    '2025-12-24T13:20:00.000Z',
  ]);
  assert.deepEqual(await range({ from: '2025-12-25T00:00:00Z' }), [
    '2025-12-25T00:00:00.000Z',
    '2025-12-25T01:00:00.000Z',
  ]);
});

test('the time before is as long, and ends where the range begins', async () => {
  const asked = await askedOf(newest(NEWEST), saidOf(top, {}), NOW);
  assert.deepEqual(beforeOf(asked), { ...asked, from: '2025-12-24T11:20:00.000Z', to: '2025-12-24T12:20:00.000Z' });
  const far = beforeOf({ ...asked, from: '0001-01-01T00:00:00.000Z' });
  assert.equal(far.from, '0001-01-01T00:00:00.000Z');
});
