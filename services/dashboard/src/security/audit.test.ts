import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditTo, type OperatorAction } from './audit.ts';
import { testLog } from './test/app.ts';

const entry: OperatorAction = {
  by: 'alice (7)',
  action: 'redrive',
  pipeline: 'santa-deliveries',
  subject: "silver'; DROP TABLE medallion.event_log; --",
  detail: { rows: 3, by: 'somebody else', action: 'nothing' },
};

test('what an operator does is one event, its texts are values, and nobody acts in the name of another', async () => {
  const queries: [string, readonly unknown[]][] = [];
  const query = async (sql: string, values: readonly unknown[] = []) => {
    queries.push([sql, values]);
    return [];
  };
  await auditTo({ log: testLog(), query })(entry);
  assert.deepEqual(queries, [
    [
      "INSERT INTO medallion.event_log (pipeline, kind, subject, detail) VALUES ($1, 'operator_action', $2, $3::jsonb)",
      ['santa-deliveries', entry.subject, '{"rows":3,"by":"alice (7)","action":"redrive"}'],
    ],
  ]);
});

test('the log has it even where the event cannot be written, and whoever acts is told', async () => {
  const log = testLog();
  const audit = auditTo({ log, query: () => Promise.reject(new Error('gone')) });
  await assert.rejects(audit(entry), /gone/);
  assert.equal(log.lines[0]?.fields.by, 'alice (7)');
  assert.equal(log.lines[0]?.fields.action, 'redrive');
});

test('without the connection of an operator the log alone has it', async () => {
  const log = testLog();
  await auditTo({ log })(entry);
  assert.equal(log.lines.length, 1);
});
