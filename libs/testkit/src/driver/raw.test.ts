import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csv, files, json, jsonLines, pipeline, positive, streamingTable, topic } from '@medallion/pipeline';
import { int, row, string } from '@medallion/schema';
import { testPipeline } from './test-pipeline.ts';

/** `raw: true`, through the code of the services. */

const RawSale = row('RawSale', { sale_id: string(), amount: int() });
const fromTopic = streamingTable('of_topic').from(topic('sales', { format: json(RawSale), key: 'sale_id', raw: true }));
const judged = streamingTable('judged')
  .from(fromTopic)
  .expectOrQuarantine('positive', 'amount', positive)
  .select('sale_id', '_raw');
const anyAmount = streamingTable('judged').from(fromTopic).select('sale_id', '_raw');
const landed = { key: 'sale_id', raw: true, partitions: 1 } as const;
const ofJson = streamingTable('of_json').from(
  files('json', { ...landed, pattern: '*.json', format: jsonLines(RawSale), evolution: 'add_new_columns' }),
);
const ofCsv = streamingTable('of_csv').from(files('csv', { ...landed, pattern: '*.csv', format: csv(RawSale) }));

test('rows keep the text of their records, in the tables that keep the column, redriven ones too', async () => {
  const shop = testPipeline(pipeline('shop', { tables: [fromTopic, judged] }), { partitions: 1 });
  const texts = ['{"sale_id": "a",  "amount": 1, "more": 1.10}', '{"amount":-1,"sale_id":"b"}', '{"sale_id":"c"'];
  await shop.given('sales', texts);
  assert.deepEqual(
    (await shop.rows(fromTopic)).map(({ _raw }) => _raw),
    texts.slice(0, 2),
  );
  assert.deepEqual(
    (await shop.rows(judged)).map(({ _raw }) => _raw),
    texts.slice(0, 1),
  );
  await shop.redeclare(pipeline('shop', { tables: [fromTopic, anyAmount] }));
  await shop.redrive();
  assert.deepEqual(
    (await shop.rows(anyAmount)).map(({ _raw }) => _raw),
    texts.slice(0, 2),
  );
});

test('rows of files keep what stands in the file; a column of that name is added to no table', async () => {
  const shop = testPipeline(pipeline('shop', { tables: [ofJson, ofCsv] }));
  const found = { sale_id: 'a', amount: 'much', added: 7, _raw: 'x' };
  await shop.givenFile('json/1.json', [found]);
  await shop.givenFile('csv/1.csv', [
    { sale_id: 'a', amount: '01', vip: null },
    { sale_id: 'b', amount: 'x', vip: 'yes' },
  ]);
  const [first] = await shop.rows(ofJson);
  assert.deepEqual(
    [first?._raw, first?.amount, first?._rescued_data],
    [JSON.stringify(found), null, '{"amount":"much","_raw":"x"}'],
  );
  assert.deepEqual(
    (await shop.rows(ofCsv)).map(({ _raw }) => JSON.parse(_raw ?? '')),
    [
      { sale_id: 'a', amount: '01', vip: null },
      { sale_id: 'b', amount: 'x', vip: 'yes' },
    ],
  );
});
