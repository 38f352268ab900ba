import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '@medallion/core';
import type { Query } from '@medallion/postgres';
import { askedOf, beforeOf, saidOf } from './asked.ts';
import { topCities } from './top-cities.ts';

const noWindows = (async () => []) as unknown as Query;

test('a range that begins or ends where the calendar does stays within it', async () => {
  const now = instant(Date.parse('2026-12-24T18:00:00Z'));
  for (const given of [
    { from: '9999-12-31T23:59:59.999Z' },
    { from: '9999-12-31T23:30:00Z' },
    { to: '0001-01-01T00:00:00Z' },
    { from: '0001-01-01T00:00:00Z' },
    { from: '0001-01-01T00:00:00Z', to: '9999-12-31T23:59:59.999Z' },
  ]) {
    const asked = await askedOf(noWindows, saidOf(topCities, given), now);
    for (const at of [asked.from, asked.to, beforeOf(asked).from, beforeOf(asked).to])
      assert.match(at, /^(?!0000)\d{4}-/, JSON.stringify(given));
  }
});
