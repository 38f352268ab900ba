import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import { Graph } from '../contract/index.ts';
import type { CatalogueFacts, KnownTable } from './catalogue-facts.ts';
import { graphOf } from './graph.ts';

const table = (name: string, layer: KnownTable['layer'], kind = 'streaming_table'): KnownTable => ({
  ...{ name, layer, kind, comment: null, columns: 3, rules: 1 },
});

const facts: CatalogueFacts = {
  // In the order of their names, as the catalogue gives them.
  tables: [
    table('by_city', 'gold', 'materialized_view'),
    table('clean', 'silver'),
    table('pending', 'silver', 'view'),
    table('raw', 'bronze'),
    table('zz_done', 'silver'),
  ],
  edges: [
    { source: 'clean', target: 'by_city', kind: 'table' },
    { source: 'raw', target: 'clean', kind: 'table' },
    { source: 'cities', target: 'clean', kind: 'table' },
    { source: 'clean', target: 'pending', kind: 'table' },
    { source: 'shop.orders', target: 'raw', kind: 'topic' },
    { source: 'landing/*.csv', target: 'raw', kind: 'files' },
    { source: 'pending', target: 'zz_done', kind: 'table' },
  ],
  flows: [
    { flow: 'by_city', table: 'by_city', input: 'clean' },
    { flow: 'clean', table: 'clean', input: 'raw' },
    { flow: 'raw', table: 'raw', input: 'shop.orders' },
    { flow: 'raw.files', table: 'raw', input: 'landing/*.csv' },
    { flow: 'zz_done', table: 'zz_done', input: 'clean' },
  ],
};

test('a graph has its sources first, then each table after those that it reads', () => {
  const graph = graphOf(facts);
  assert.ok(Value.Check(Graph, graph));
  const ids = graph.nodes.map(({ id }) => id);
  assert.deepEqual(ids.slice(0, 3).sort(), ['cities', 'landing/*.csv', 'shop.orders']);
  for (const { source, target } of graph.edges) assert.ok(ids.indexOf(source) < ids.indexOf(target), target);
  assert.equal(graph.nodes.find(({ id }) => id === 'shop.orders')?.kind, 'topic');
  assert.equal(graph.nodes.find(({ id }) => id === 'shop.orders')?.layer, 'source');
});

test('each edge names its flow: also one that comes through a view, and none where rows are looked up', () => {
  const flows = Object.fromEntries(
    graphOf(facts).edges.map(({ source, target, flow }) => [`${source}>${target}`, flow]),
  );
  assert.deepEqual(flows, {
    'clean>by_city': 'by_city',
    'raw>clean': 'clean',
    'cities>clean': null,
    'clean>pending': null,
    'shop.orders>raw': 'raw',
    'landing/*.csv>raw': 'raw.files',
    'pending>zz_done': 'zz_done',
  });
});

test('which of several flows comes through which view is not guessed', () => {
  const two = { ...facts, flows: [...facts.flows, { flow: 'zz_done.more', table: 'zz_done', input: 'clean' }] };
  assert.equal(graphOf(two).edges.find(({ target }) => target === 'zz_done')?.flow, null);
});
