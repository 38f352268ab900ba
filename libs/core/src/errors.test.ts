import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { errors, isMedallionError, MedallionError, messageOf } from './errors.ts';

const areas = await Promise.all(
  globSync('*.ts', { cwd: new URL('errors/', import.meta.url) })
    .filter((file) => file !== 'entry.ts')
    .map(async (file) => Object.values((await import(`./errors/${file}`)) as Record<string, object>)),
);

test('every area is part of the catalogue, and no code is in two of them', () => {
  const codes = areas.flat().flatMap((area) => Object.keys(area));
  assert.deepEqual(codes.toSorted(), Object.keys(errors).toSorted());
});

test('an error says its code, what happened and the remedy, with what it was told filled in', () => {
  const error = new MedallionError('MED_TOPIC_MISSING', { topic: 'raw' }, { cause: 7 });
  assert.equal(
    error.message,
    'MED_TOPIC_MISSING: topic raw does not exist. Remedy: create it, or start the producer that creates it.',
  );
  assert.deepEqual([error.code, error.retryable, error.cause], ['MED_TOPIC_MISSING', true, 7]);
  assert.ok(isMedallionError(error));
  assert.ok(!isMedallionError(new Error('another')));
});

test('a placeholder of the remedy is filled in as well, and texts with braces stay as they are', () => {
  const error = new MedallionError('MED_REFRESH_REFUSED', { table: '{advice}', reason: '$&', advice: 'wait' });
  assert.match(error.message, /table "\{advice\}" cannot be refreshed: \$&\. Remedy: wait\./);
  assert.equal(error.remedy, 'wait');
});

test('whatever is thrown has a message', () => {
  assert.deepEqual([new Error('a'), 'b', 3, null].map(messageOf), ['a', 'b', '3', 'null']);
});

test('no template has a placeholder that cannot be one', () => {
  for (const [code, { message, remedy }] of Object.entries(errors))
    for (const [braces] of `${message} ${remedy}`.matchAll(/[{}][^{}]*[{}]?/g))
      assert.match(braces, /^(\{\w+\}|\}[^{}]*)$/, code);
});
