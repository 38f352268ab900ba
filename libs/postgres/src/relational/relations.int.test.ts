import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { KeyedChange } from '@medallion/runtime';
import type { AnyRow } from '@medallion/schema';
import { shopChanges, shopPipeline } from '@medallion/testkit';
import fc from 'fast-check';
import { type LedgerChanges, ledgerChanges, ledgerOracle, ledgerPipeline } from '../../test/ledger.ts';
import { withReading } from '../../test/rows-read.ts';
import { type OpenScratch, openScratch, withScratch } from '../../test/scratch-store.ts';
import { assertEqualsOracle, assertShopEqualsOracle, ShopWriter } from '../../test/shop.ts';
import { testDatabase } from '../../test/test-database.ts';

const databaseUrl = await testDatabase();
let scratch: OpenScratch;
let writer: ShopWriter;

before(async () => {
  scratch = await openScratch(databaseUrl, { plan: ledgerPipeline });
  writer = await ShopWriter.open(scratch.store);
});
after(() => scratch.close());

const LIMIT = 9_999_999_999_999.99;

const entry = (entry_id: number, values: AnyRow = {}): KeyedChange => ({
  key: [entry_id],
  row: {
    ...{ entry_id, account: 'limit', day: 20_000, amount: 1, fee: 1, pieces: 2, weight: 1, label: 'x', seq: 1 },
    ...values,
  },
});
const gone = (entry_id: number): KeyedChange => ({ key: [entry_id], row: null });
const ofEntries = (...changes: readonly KeyedChange[]): LedgerChanges => new Map([['entries', changes]]);
const account = async (columns: string): Promise<AnyRow | undefined> =>
  (await scratch.reader.query(`SELECT ${columns} FROM by_account WHERE account = 'limit'`))[0];
const equalsOracle = () => assertEqualsOracle(scratch.reader, ledgerOracle, { by_owner: 'owner_key <> 0' });

test('M1 after each commit every view equals the batch query over its inputs', () =>
  withScratch(
    databaseUrl,
    async ({ store, reader }) => {
      const shop = await ShopWriter.open(store);
      await fc.assert(
        fc.asyncProperty(fc.array(shopChanges, { minLength: 1, maxLength: 4 }), async (commits) => {
          for (const changes of commits) {
            await shop.commit(changes);
            await assertShopEqualsOracle(reader);
          }
        }),
        { numRuns: 20, endOnFailure: true, interruptAfterTimeLimit: 60_000 },
      );
    },
    { plan: shopPipeline },
  ));

test('M1 M9 after each commit every measure equals the batch query, whatever comes, moves, is null or goes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(ledgerChanges, { minLength: 1, maxLength: 6 }), async (commits) => {
      for (const changes of commits) {
        await writer.commit(changes);
        await equalsOracle();
      }
    }),
    { numRuns: 20, endOnFailure: true, interruptAfterTimeLimit: 60_000 },
  );
});

test('M9 a group whose last row goes is gone, and begins anew when one comes back', async () => {
  await writer.commit(ofEntries(entry(101), entry(102, { amount: null })));
  assert.deepEqual(await account('entries, balance, mean_amount'), { entries: 2, balance: 1, mean_amount: 1 });
  await writer.commit(ofEntries(gone(101)));
  assert.deepEqual(await account('entries, balance, mean_amount'), { entries: 1, balance: 0, mean_amount: null });
  await writer.commit(ofEntries(gone(102)));
  assert.equal(await account('entries'), undefined);
  await writer.commit(ofEntries(entry(103, { amount: -2 })));
  assert.deepEqual(await account('entries, balance, least'), { entries: 1, balance: -2, least: -2 });
  await writer.commit(ofEntries(gone(103)));
});

test('M9 an extreme that is taken out gives way to the next; one that comes in its place needs no look at the others', async () => {
  await writer.commit(ofEntries(entry(101, { amount: -5 }), entry(102, { amount: 5 }), entry(103)));
  await writer.commit(ofEntries(gone(101)));
  assert.deepEqual(await account('least, greatest'), { least: 1, greatest: 5 });
  await writer.commit(ofEntries(entry(102, { amount: 7 }), entry(103, { amount: 0 })));
  assert.deepEqual(await account('least, greatest'), { least: 0, greatest: 7 });
  // The greatest is of rows with more than one piece.
  await writer.commit(ofEntries(entry(102, { amount: 7, pieces: 1 })));
  assert.deepEqual(await account('least, greatest'), { least: 0, greatest: 0 });
  await writer.commit(ofEntries(gone(102), gone(103)));
});

test('M9 M7 a sum beyond its column is refused, and one that comes back into it within a commit is not', async () => {
  await writer.commit(ofEntries(...Array.from({ length: 9 }, (_, i) => gone(i + 1))));
  await writer.commit(ofEntries(entry(101, { amount: LIMIT })));
  await assert.rejects(writer.commit(ofEntries(entry(102, { amount: 0.01 }))), /numeric field overflow/);
  assert.deepEqual(await account('entries, balance'), { entries: 1, balance: LIMIT });
  await writer.commit(
    ofEntries(entry(101, { amount: LIMIT - 1 }), entry(102, { amount: 1 }), entry(103, { amount: 0 })),
  );
  assert.deepEqual(await account('entries, balance'), { entries: 3, balance: LIMIT });
  await writer.commit(ofEntries(gone(101), entry(102, { amount: -LIMIT }), gone(103)));
  assert.deepEqual(await account('balance, mean_amount'), { balance: -LIMIT, mean_amount: -LIMIT });
  await writer.commit(ofEntries(gone(102)));
  await equalsOracle();
});

test('M3 M9 a change in a large group reads what it changes, not the group', async () => {
  // None of those that change below is the least or the last of its group.
  const ith = (i: number, values: AnyRow = {}): KeyedChange =>
    entry(1_000 + i, { amount: i, fee: i % 90, day: 20_000 + (i % 20), ...values });
  const many = Array.from({ length: 600 }, (_, i) => ith(i));
  // Of floating-point numbers the group is read: by_account has such sums.
  const plan = {
    ...scratch.plan,
    tables: scratch.plan.tables.filter(({ name }) => !/by_(account|size|piece)/.test(name)),
  };
  await writer.commit(ofEntries(...many));
  await withReading(databaseUrl, plan, async (reading) => {
    const rowsRead = async (...changes: readonly KeyedChange[]): Promise<number> => {
      const { scanned, found } = await reading(ofEntries(...changes), 'ROLLBACK');
      return scanned + found;
    };
    assert.ok((await rowsRead(ith(305, { amount: 3, pieces: 5 }))) < 60, 'a row that changes');
    assert.ok((await rowsRead(ith(305, { account: 'other' }))) < 60, 'a row that moves');
    assert.ok((await rowsRead(gone(1_305))) < 60, 'a row that goes');
  });
});
