import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isoInstant, json, minutes, nonEmpty, pipeline, positive, streamingTable, topic } from '@medallion/pipeline';
import { int, row, string } from '@medallion/schema';
import { declaredReasons } from './declared-metrics.ts';

const Sale = row('Sale', { sale_id: string(), at: string(), amount: int() });
const raw = streamingTable('raw').from(topic('sales', { format: json(Sale), key: 'sale_id' }));
const checked = streamingTable('checked')
  .from(raw)
  .expectOrQuarantine('has_id', 'sale_id', nonEmpty)
  .expectOrDrop('positive', 'amount', positive)
  .expectOrQuarantine('valid_time', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: minutes(1) })
  .dedupe({ by: 'sale_id', within: minutes(1) });
const dropped = streamingTable('dropped').from(raw).expectOrDrop('positive', 'amount', positive);
const latest = streamingTable('latest')
  .from(checked)
  .applyChanges({ keys: ['sale_id'], sequenceBy: 'at', storedAs: 1 });
const plan = pipeline('shop', { tables: [raw, checked, dropped, latest] });

test('the reasons that a flow may have are those of its source, its steps and its table', () => {
  const reasons = (name: string) => {
    const table = plan.tables.find((each) => each.name === name);
    assert.ok(table?.kind === 'streaming_table' || table?.kind === 'keyed_table');
    return declaredReasons(table, table.kind === 'keyed_table' ? table.flow : table.flows[0]!).toSorted();
  };
  assert.deepEqual(reasons('raw'), ['derive_failed', 'unparseable']);
  assert.deepEqual(reasons('dropped'), ['derive_failed', 'foreign', 'undecodable']);
  assert.deepEqual(reasons('checked'), ['derive_failed', 'duplicate', 'foreign', 'future', 'undecodable', 'violation']);
  assert.deepEqual(reasons('latest'), ['derive_failed', 'foreign', 'undecodable', 'violation']);
});
