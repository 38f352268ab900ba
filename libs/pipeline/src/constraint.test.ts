import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { int, row, string } from '@medallion/schema';
import { parseConstraint } from './constraint.ts';
import type { AnyTable } from './declaration.ts';
import { json, nonEmpty, sql, streamingTable, topic } from './index.ts';
import { isRefused, planOf } from './test/refused.ts';

const Raw = row('Raw', { id: string(), amount: int(), note: string() });
const bronze = streamingTable('bronze').from(topic('raw', { format: json(Raw), key: 'id' }));
const rulesOf = (table: AnyTable) => {
  const [step] = planOf('streaming_table', table).flows[0]!.steps;
  assert.ok(step?.kind === 'judge');
  return step.expectations;
};

describe('an expectation in SQL', () => {
  it('is judged with the others, and only true passes', () => {
    const [first, second] = rulesOf(
      bronze.expectOrDrop('valid_id', 'id', nonEmpty).expectOrQuarantine('valid_amount', sql('amount > 0')),
    );
    assert.equal(first?.name, 'valid_id');
    assert.deepEqual([second?.name, second?.action, second?.text], ['valid_amount', 'quarantine', 'amount > 0']);
    assert.ok(second?.rule.kind === 'row');
    const { test } = second.rule;
    assert.deepEqual(
      [1, 0, null].map((amount) => test({ amount })),
      [true, false, false],
    );
  });

  it('sees what the rules before it left of a column', () => {
    isRefused([bronze.expectOrDrop('typed', sql('id > 0'))], /expectation "typed": .*/);
  });

  it('points at its mistake', () => {
    isRefused(
      [bronze.expectOrFail('e', sql('amout > 0'))],
      /expectation "e": there is no column "amout"; did you mean/,
    );
    isRefused([bronze.expect('e', sql('amount +'))], /expectation "e": /);
    isRefused([bronze.expect('e', sql('amount + 1'))], /expectation "e": a condition is true or false/);
  });
});

describe('a constraint', () => {
  it('names an expectation, its condition and what a violation does', () => {
    const actions = [
      ['CONSTRAINT a EXPECT (amount > 0)', 'warn'],
      ['CONSTRAINT a EXPECT (amount > 0) ON VIOLATION DROP ROW', 'drop'],
      ['constraint a expect ( amount > 0 ) on violation quarantine row;', 'quarantine'],
      [' CONSTRAINT a\n EXPECT (amount > 0)\n ON VIOLATION FAIL UPDATE,', 'fail'],
      ['a EXPECT (amount > 0) ON VIOLATION DROP ROW', 'drop'],
    ] as const;
    for (const [text, action] of actions)
      assert.deepEqual(parseConstraint(text), { name: 'a', action, rule: { kind: 'sql', text: 'amount > 0' } });
  });

  it('has a condition with parentheses and texts of its own', () => {
    const text = `note <> 'a)b' and (amount > 0 or note = '(it''s)')`;
    assert.deepEqual(parseConstraint(`CONSTRAINT a EXPECT (${text}) ON VIOLATION DROP ROW`).rule, {
      kind: 'sql',
      text,
    });
  });

  it('becomes a rule of the table', () => {
    const [first, second] = rulesOf(
      bronze.constraint('CONSTRAINT a EXPECT (amount > 0) ON VIOLATION DROP ROW').expect('b', 'id', nonEmpty),
    );
    assert.deepEqual([first?.name, first?.action, second?.name], ['a', 'drop', 'b']);
  });

  it('is refused in another form', () => {
    isRefused([bronze.constraint('amount > 0')], /a constraint: this is no constraint; write CONSTRAINT name/);
    isRefused([bronze.constraint('CONSTRAINT a EXPECT (amount > 0')], /this parenthesis is not closed/);
    isRefused(
      [bronze.constraint('CONSTRAINT a EXPECT (amount > 0) ON VIOLATION IGNORE')],
      /this does not say what a violation does/,
    );
    isRefused([bronze.constraint('CONSTRAINT a EXPECT (amout > 0)')], /expectation "a": there is no column "amout"/);
    isRefused(
      [bronze.expect('a', 'id', nonEmpty).constraint('CONSTRAINT a EXPECT (amount > 0)')],
      /two expectations are named "a"/,
    );
  });
});
