import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MedallionError } from '@medallion/core';
import { RowRefusedError } from '@medallion/runtime';
import { isCollision, isServerError, translated } from './failures.ts';

const said = (code: string): Error => Object.assign(new Error('said'), { severity: 'ERROR', code });

test('errors that blame the content refuse the row', () => {
  for (const code of ['22003', '22P05', '22021', '23502', '54000', '21000'])
    assert.ok(translated(said(code)) instanceof RowRefusedError, code);
});

test('errors that pass by themselves make the store unavailable', () => {
  for (const code of ['08006', '40P01', '53100', '53300', '55P03', '57014', '57P01', '25P03', '25006']) {
    const error = translated(said(code));
    assert.ok(error instanceof MedallionError && error.code === 'MED_STORE_UNAVAILABLE', code);
  }
});

test('so does every failure of the connection', () => {
  const failures = [new Error('Connection terminated unexpectedly'), Object.assign(new Error('x'), { code: 'EPIPE' })];
  for (const failure of failures) {
    assert.equal(isServerError(failure), false);
    const error = translated(failure);
    assert.ok(error instanceof MedallionError && error.code === 'MED_STORE_UNAVAILABLE');
  }
});

test('a mistake in our SQL or a lack of rights stays what it is', () => {
  for (const code of ['42601', '42P01', '42501']) {
    const error = said(code);
    assert.equal(translated(error), error);
  }
});

test('only deadlocks and serialization failures are tried again', () => {
  assert.deepEqual(
    ['40001', '40P01', '57014', '23505'].map((code) => isCollision(said(code))),
    [true, true, false, false],
  );
});
