import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decimal, int, list, row, string } from '@medallion/schema';
import { json, streamingTable, topic, view } from './index.ts';
import { columnsOf, isRefused, planOf, untyped } from './test/refused.ts';

const Item = row('Item', { sku: string(), price: decimal(10, 2), id: int() });
const Raw = row('Raw', { id: string(), items: list(Item) });
const bronze = streamingTable('bronze')
  .from(topic('raw', { format: json(Raw), key: 'id' }))
  .select('id', 'items');

describe('explode', () => {
  it('puts the columns of the element in the place of the list, and counts', () => {
    const items = streamingTable('items')
      .from(bronze)
      .explode('items', { position: 'line', rename: { id: 'item_id' } });
    const plan = planOf('streaming_table', bronze, items);
    assert.deepEqual(columnsOf(plan), ['id string?', 'sku string?', 'price decimal?', 'item_id int?', 'line int']);
    const [step] = plan.flows[0]!.steps;
    assert.ok(step?.kind === 'explode');
    assert.equal(step.column, 'items');
    assert.equal(step.position, 'line');
    assert.deepEqual(
      step.fields.map(({ from, field }) => [from, field.name]),
      [
        ['sku', 'sku'],
        ['price', 'price'],
        ['id', 'item_id'],
      ],
    );
    assert.equal(plan.key, 'id');
  });

  it('is a step of a view too', () => {
    const items = view('items')
      .from(bronze)
      .explode('items', { rename: { id: 'item_id' } });
    assert.deepEqual(columnsOf(planOf('view', bronze, items)), [
      'id string?',
      'sku string?',
      'price decimal?',
      'item_id int?',
    ]);
  });

  it('is refused for what is no list, for names that are taken, and for new names of what is not there', () => {
    const items = streamingTable('items').from(bronze);
    isRefused([bronze, items.explode(untyped('id'))], /it explodes "id", a string column; choose a list/);
    isRefused([bronze, items.explode(untyped('nope'))], /explode names column "nope"/);
    isRefused([bronze, items.explode(untyped('items'))], /column "id" is declared twice/);
    isRefused(
      [bronze, items.explode(untyped('items'), { position: 'sku', rename: untyped({ id: 'item_id' }) })],
      /column "sku" is declared twice/,
    );
    isRefused(
      [bronze, items.explode('items', { rename: untyped({ id: 'item_id', nope: 'x' }) })],
      /it renames "nope", which no element of "items" has/,
    );
  });
});
