import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createAudit, formatAudit } from './audit.ts';
import { RECORD_KINDS } from './kinds.ts';
import { generate } from './test-support.ts';

test('the audit equals the stream, kind by kind', () => {
  const records = generate(10_000, { quality: 'hostile' });
  const audit = createAudit();
  audit.add(records.slice(0, 4_000));
  audit.add(records.slice(4_000));
  const { byKind, bytes, ...rest } = audit.report();
  assert.deepEqual(rest, { records: 10_000 });
  assert.equal(
    bytes,
    records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0),
  );
  for (const kind of RECORD_KINDS) {
    assert.equal(byKind[kind], records.filter((record) => record.kind === kind).length, kind);
  }
});

test('people read what occurred, most frequent first', () => {
  const audit = createAudit();
  audit.add(generate(100, { quality: 'clean', rates: { tombstone: 0.1 } }));
  const [head, first, second, ...none] = formatAudit(audit.report()).split('\n');
  assert.match(head!, /^sent 100 records, [\d,]+ bytes$/);
  assert.match(first!, /^ {2}valid +\d\d +\d\d\.00 %$/);
  assert.match(second!, /^ {2}tombstone +\d+ +\d+\.00 %$/);
  assert.deepEqual(none, []);
});

test('the README explains every kind', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  for (const kind of RECORD_KINDS) assert.ok(readme.includes(`\`${kind}\``), kind);
});
