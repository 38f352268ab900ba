import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { secretNow } from './secret-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'medallion-secret-'));
after(() => rmSync(folder, { recursive: true }));

test('a secret of a file is what the file holds now, without the end of its line', () => {
  const source = { file: join(folder, 'a'), variable: 'PASSWORD_FILE' };
  writeFileSync(source.file, 'first\n');
  assert.equal(secretNow(source), 'first');
  writeFileSync(source.file, ' second \r\n');
  assert.equal(secretNow(source), ' second ');
  assert.equal(secretNow({ value: 'given' }), 'given');
});

test('a file that is not there or empty is told by its variable and path', () => {
  const source = { file: join(folder, 'b'), variable: 'PASSWORD_FILE' };
  assert.throws(() => secretNow(source), { message: `PASSWORD_FILE: cannot read the file ${source.file} (ENOENT)` });
  writeFileSync(source.file, '\n');
  assert.throws(() => secretNow(source), { message: `PASSWORD_FILE: the file ${source.file} is empty` });
});
