import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphs } from '../test/graphs.ts';
import { behind, NO_FOLDS, shownGraph } from './shown-graph.ts';

const box = graphs['circuit-box'];
const ids = (folds: Parameters<typeof shownGraph>[1]): readonly string[] =>
  shownGraph(box, folds).nodes.map(({ id }) => id);

test('with nothing folded, every table and every edge is shown once', () => {
  const shown = shownGraph(box, NO_FOLDS);
  assert.equal(shown.nodes.length, box.nodes.length);
  assert.equal(shown.edges.length, box.edges.length);
});

test('behind a table is what gets its records through it alone', () => {
  assert.deepEqual([...behind(box, 'gold_order_lines')].sort(), [
    'gold_sales_by_month',
    'gold_sales_by_state',
    'gold_top_products',
  ]);
  // It looks customers up, too: with orders folded, it still gets records.
  assert.ok(!behind(box, 'silver_orders_clean').has('silver_orders'));
  assert.ok(behind(box, 'silver_orders_clean').has('gold_order_totals'));
});

test('what is behind a table folds away, and the table tells how much', () => {
  const shown = shownGraph(box, { lanes: new Set(), behind: new Set(['gold_order_lines']) });
  assert.equal(shown.nodes.length, box.nodes.length - 3);
  assert.equal(shown.nodes.find(({ id }) => id === 'gold_order_lines')?.hidden, 3);
  assert.ok(!shown.edges.some(({ target }) => target === 'gold_top_products'));
});

test('a folded lane is one box, and its arrows are those of all of its tables', () => {
  const shown = shownGraph(box, { lanes: new Set(['silver']), behind: new Set() });
  const lane = shown.nodes.find(({ folded }) => folded);
  assert.equal(lane?.members.length, box.nodes.filter(({ layer }) => layer === 'silver').length);
  const into = shown.edges.filter(({ target }) => target === lane?.id);
  assert.equal(into.length, 3);
  const out = shown.edges.find(({ source, target }) => source === lane?.id && target === 'gold_order_summary');
  assert.equal(out?.members.length, 2);
  assert.ok(!shown.edges.some(({ source, target }) => source === target));
});

test('a fold of something that is not there changes nothing', () => {
  assert.deepEqual(ids({ lanes: new Set(), behind: new Set(['gone']) }), ids(NO_FOLDS));
});

test('a table tells whether there is anything to fold behind it', () => {
  const shown = shownGraph(box, NO_FOLDS);
  const foldable = (id: string): boolean | undefined => shown.nodes.find((node) => node.id === id)?.foldable;
  assert.equal(foldable('gold_order_lines'), true);
  assert.equal(foldable('gold_top_products'), false);
});
