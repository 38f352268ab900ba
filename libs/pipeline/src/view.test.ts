import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { int, row, string } from '@medallion/schema';
import { json, materializedView, minutes, pipeline, sql, streamingTable, topic, tumbling, view } from './index.ts';
import { columnsOf, isRefused, planOf, untyped } from './test/refused.ts';

const Raw = row('Raw', { id: string(), status: string(), pieces: int() });
const bronze = streamingTable('bronze').from(topic('raw', { format: json(Raw), key: 'id' }));
const pending = view('pending')
  .from(bronze)
  .where('is pending', (d) => d.status === 'pending')
  .select('id', 'pieces');

describe('a view', () => {
  it('is a plan with steps and columns, and no topic', () => {
    const plan = planOf('view', bronze, pending);
    assert.equal(plan.source, 'bronze');
    assert.equal(plan.layer, 'silver');
    assert.deepEqual(
      plan.steps.map(({ kind }) => kind),
      ['where', 'omit'],
    );
    assert.deepEqual(columnsOf(plan), ['id string?', 'pieces int?']);
  });

  it('gives its steps to the flows that read it, those of the view nearest the source first', () => {
    const few = view('few').from(pending).where(sql('pieces < 3'));
    const table = streamingTable('table')
      .from(few)
      .derive((c) => ({ twice: c.int((d) => (d.pieces ?? 0) * 2) }));
    const plan = planOf('streaming_table', bronze, pending, few, table);
    assert.deepEqual(plan.flows[0]?.source, { kind: 'table', table: 'bronze' });
    assert.deepEqual(plan.flows[0]?.views, ['pending', 'few']);
    assert.deepEqual(
      plan.flows[0]?.steps.map(({ kind }) => kind),
      ['where', 'omit', 'where', 'derive'],
    );
    assert.deepEqual(columnsOf(plan), ['id string?', 'pieces int?', 'twice int']);
    assert.equal(plan.key, 'id');
    assert.equal(plan.layer, 'silver');
  });

  it('takes the key away from a table that reads it where it leaves it out', () => {
    const keyless = view('keyless').from(bronze).omit('id');
    const again = keyless.derive((c) => ({ id: c.string(() => 'x') }));
    for (const each of [keyless, again])
      assert.equal(planOf('streaming_table', bronze, each, streamingTable('t').from(each)).key, null);
  });

  it('is a value', () => {
    const before = JSON.stringify(pending.declaration);
    pending.comment('x').version(3).layer('gold').omit('pieces');
    assert.equal(JSON.stringify(pending.declaration), before);
  });

  it('keeps selected columns in the order in which they are named', () => {
    assert.deepEqual(columnsOf(planOf('view', bronze, view('v').from(bronze).select('pieces', 'id'))), [
      'pieces int?',
      'id string?',
    ]);
  });

  it('passes the rows for which a condition in SQL is true, not those for which it is unknown', () => {
    const plan = planOf('view', bronze, view('v').from(bronze).where(sql('pieces > 1')));
    const [step] = plan.steps;
    assert.ok(step?.kind === 'where');
    assert.equal(step.text, 'pieces > 1');
    assert.deepEqual(
      [2, 1, null].map((pieces) => step.test({ pieces })),
      [true, false, false],
    );
  });
});

describe('a view is refused', () => {
  it('without a source, or with one that is not listed', () => {
    isRefused([untyped(view('v'))], /"v": it does not say where its rows come from; call \.from\(\)/);
    isRefused([pending], /"pending": it reads "bronze", which is not listed/);
    isRefused([bronze, streamingTable('t').from(pending)], /"t": it reads "pending", which is not listed/);
  });

  it('when it reads what is no stream', () => {
    const windowed = materializedView('gold')
      .from(untyped(bronze))
      .windowedBy(untyped(tumbling(minutes(1))))
      .aggregate((a) => ({ n: a.count() }));
    isRefused(
      [bronze, windowed, view('v').from(untyped(windowed))],
      /no watermark/,
      /"v": it reads "gold", a materialized view/,
    );
  });

  it('for columns that it does not have, or names twice', () => {
    isRefused([bronze, view('v').from(bronze).select(untyped('nope'), 'id')], /select names column "nope"/);
    isRefused([bronze, view('v').from(bronze).select('id', 'id')], /select names "id" twice/);
    isRefused([bronze, untyped(view('v').from(bronze).select())], /select keeps no column/);
    isRefused([bronze, view('v').from(bronze).omit(untyped('nope'))], /omit names column "nope"/);
  });

  it('for a mistake in SQL, with a caret below it', () => {
    const bad = view('v').from(bronze).where(sql('piecs > 1'));
    isRefused([bronze, bad], /"v": where: there is no column "piecs"; did you mean "pieces"\?/);
    assert.throws(() => pipeline('shop', { tables: [bronze, bad] }), /\n {6}piecs > 1\n {6}\^/);
  });
});
