import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AUDIT, json, pipeline, RAW, streamingTable, topic, view } from '@medallion/pipeline';
import { long, row, string } from '@medallion/schema';
import fc from 'fast-check';
import { fingerprintOf, idText, isAbout, personOf, type SubjectPlan, subjectPlan } from './person.ts';
import { mentions, personsInRow, personsInText, personsInValue } from './persons-in.ts';

const numbers: SubjectPlan = {
  subject: 'customer',
  columns: new Map([['orders', new Set(['buyer', 'seller'])]]),
  texts: new Set(),
  names: new Set(['buyer', 'seller']),
  numeric: true,
};
const texts: SubjectPlan = { ...numbers, numeric: false };
const columns = numbers.columns.get('orders')!;

describe('a person', () => {
  it('Z1 is one person, however a whole number is written, and another for each text', () => {
    for (const id of ['7', '007', '+7', ' 7 ']) assert.equal(personOf(numbers, id).id, '7');
    assert.equal(idText(7, true), '7');
    assert.notEqual(personOf(texts, '007').id, personOf(texts, '7').id);
    for (const id of ['', 'seven', '7.5']) assert.throws(() => personOf(numbers, id), { code: 'MED_CONFIG_INVALID' });
    assert.throws(() => personOf(texts, ''), { code: 'MED_CONFIG_INVALID' });
  });

  it('leaves a fingerprint that says nothing of another pipeline, subject or name', () => {
    const print = (pipeline: string, subject: string, id: string) => fingerprintOf(pipeline, { subject, id });
    assert.equal(print('shop', 'customer', '7'), print('shop', 'customer', '7'));
    const all = [print('shop', 'customer', '7'), print('shop', 'customer', '8'), print('shop', 'employee', '7')];
    assert.equal(new Set([...all, print('bar', 'customer', '7')]).size, 4);
  });
});

describe('a table is about a person', () => {
  it('also where it keeps the text of their records, and no column that names them', () => {
    const Sale = row('Sale', { id: string(), customer: long() });
    const raw = streamingTable('raw')
      .from(topic('r', { format: json(Sale), key: 'id', raw: true }))
      .identifies('customer', 'customer');
    const texts = view('texts').from(raw).omit('customer');
    const kept = streamingTable('kept').from(texts);
    const less = streamingTable('less').from(kept).omit('_raw');
    const other = streamingTable('other').from(topic('o', { format: json(Sale), key: 'id', raw: true }));
    const shop = pipeline('shop', { tables: [raw, texts, kept, less, other] });
    const plan = subjectPlan(shop, 'customer');
    assert.deepEqual(
      shop.tables.filter((table) => isAbout(table, plan)).map(({ name }) => name),
      ['raw', 'texts', 'kept'],
    );
  });
});

describe('the persons of a row', () => {
  it('are in the columns that name one, and in what did not fit them', () => {
    const row = { buyer: 7, seller: null, amount: 8, [AUDIT.rescued]: '{"seller":"009","amount":"x10"}' };
    assert.deepEqual([...personsInRow(row, columns, numbers)].sort(), ['7', '9']);
    assert.deepEqual([...personsInRow({ ...row, [AUDIT.rescued]: 'no JSON' }, columns, numbers)], ['7']);
  });

  it('are in the text that a row was read from', () => {
    const withText = { amount: 8, [AUDIT.rescued]: null, [RAW]: '{"amount":8,"of":{"buy\\u0065r":"007"}}' };
    assert.deepEqual([...personsInRow(withText, new Set(), numbers)], ['7']);
  });

  it('are at any depth of what nobody declared, under the names of the columns alone', () => {
    const value = { order: [{ buyer: '1' }, { parties: { seller: 2, note: 3 } }], buyers: 4, seller: { seller: 5 } };
    assert.deepEqual([...personsInValue(value, numbers)].sort(), ['1', '2', '5']);
    assert.equal(personsInText('{"buyer":', numbers, new Set()), false);
  });

  it('Z1 are found wherever the name is put, and nobody else is', () => {
    const name = fc.constantFrom('buyer', 'seller', 'note', 'amount');
    const leaf = fc.oneof(
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 0, max: 9 }).map(String),
      fc.constant(null),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(name, tie('tree'), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(tree, fc.integer({ min: 0, max: 9 }), (value, person) => {
        // Said otherwise: each pair of a name and a scalar in the text, as JSON writes it.
        const pairs = [...JSON.stringify(value).matchAll(/"(buyer|seller)":"?(\d)"?(?=[,}\]])/g)].map(([, , id]) => id);
        const found = personsInText(JSON.stringify(value), numbers, new Set()) ? personsInValue(value, numbers) : null;
        assert.equal(found?.has(String(person)), pairs.includes(String(person)));
      }),
    );
  });
});

describe('bytes that nobody can read', () => {
  it('mention a name where it is a word of its own', () => {
    const says = (text: string, id: string) => mentions(Buffer.from(text), id);
    for (const text of ['7', 'a,7,b', '{"x": "7', '17 7', '7\n']) assert.equal(says(text, '7'), true, text);
    for (const text of ['17', '70', 'a7', '_7', '', 'é7']) assert.equal(says(text, '7'), false, text);
    assert.equal(mentions(null, '7'), false);
    assert.equal(says('Ann Lee,x', 'Ann Lee'), true);
  });
});
