import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@medallion/core';
import { createSeal } from './seal.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

test('a seal that was changed in any letter is none, also where the letter reads as the same bytes', async () => {
  const seal = createSeal(systemClock, undefined, []);
  const sealed = await seal.close('session', { role: 'viewer' }, 60_000);
  assert.equal((await seal.open('session', sealed))?.role, 'viewer');
  let alike = 0;
  for (let at = 0; at < sealed.length; at++) {
    const letter = LETTERS.indexOf(sealed[at]!);
    if (letter < 0) continue;
    const changed = `${sealed.slice(0, at)}${LETTERS[(letter ^ 1) % LETTERS.length]}${sealed.slice(at + 1)}`;
    if (changed.split('.').every((part, i) => bytesOf(part).equals(bytesOf(sealed.split('.')[i]!)))) alike++;
    assert.equal(await seal.open('session', changed), null, `letter ${at}`);
  }
  assert.ok(alike > 0, 'some letter reads as the same bytes');
});

test('what was sealed for one use is none for another, nor after its time', async () => {
  let now = Date.parse('2026-12-24T20:00:00Z');
  const seal = createSeal({ now: () => now as ReturnType<typeof systemClock.now> }, undefined, []);
  const sealed = await seal.close('login', {}, 60_000);
  assert.notEqual(await seal.open('login', sealed), null);
  assert.equal(await seal.open('session', sealed), null);
  now += 61_000;
  assert.equal(await seal.open('login', sealed), null);
});

const bytesOf = (part: string): Buffer => Buffer.from(part, 'base64url');
