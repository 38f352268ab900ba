import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphs } from '../test/graphs.ts';
import { bestLayout } from './best-layout.ts';
import { NO_FOLDS, shownGraph } from './shown-graph.ts';
import { fit } from './viewport.ts';

const desk = { width: 1390, height: 760 };
const best = (name: keyof typeof graphs, frame: { width: number; height: number }) =>
  bestLayout(shownGraph(graphs[name], NO_FOLDS), frame);

test('a small pipeline is told in full, its data going right', () => {
  const { direction, density } = best('santa-deliveries', desk);
  assert.deepEqual([direction, density], ['right', 'full']);
});

test('every pipeline can be read as a whole on a desk', () => {
  for (const name of Object.keys(graphs) as (keyof typeof graphs)[])
    assert.ok(fit(best(name, desk), desk).scale >= 0.8, `${name} ${fit(best(name, desk), desk).scale}`);
});

test('where nothing is legible, the largest is taken', () => {
  const phone = { width: 330, height: 480 };
  const scale = fit(best('circuit-box', phone), phone).scale;
  assert.ok(scale > 0.15);
});
