import { json, materializedView, type PipelinePlan, pipeline, streamingTable, topic } from '@medallion/pipeline';
import type { KeyedChange } from '@medallion/runtime';
import { date, decimal, double, long, row, string } from '@medallion/schema';
import fc from 'fast-check';

/**
 * Entries of accounts, and views of groups with every kind of measure over them: what is merged, what is looked up, and
 * what is computed anew.
 */

const Entry = row('Entry', {
  entry_id: long(),
  account: string(),
  day: date(),
  amount: decimal(15, 2),
  fee: decimal(6, 4),
  pieces: long(),
  weight: double(),
  label: string(),
  seq: long(),
});
const Owner = row('Owner', { account: string(), owner: string(), seq: long() });

const rawEntries = streamingTable('raw_entries').from(topic('entries', { format: json(Entry), key: 'entry_id' }));
const rawOwners = streamingTable('raw_owners').from(topic('owners', { format: json(Owner), key: 'account' }));
const entries = streamingTable('entries')
  .from(rawEntries)
  .select('entry_id', 'account', 'day', 'amount', 'fee', 'pieces', 'weight', 'label', 'seq')
  .applyChanges({ keys: ['entry_id'], sequenceBy: 'seq' });
const owners = streamingTable('owners')
  .from(rawOwners)
  .select('account', 'owner', 'seq')
  .applyChanges({ keys: ['account'], sequenceBy: 'seq' });

const byAccount = materializedView('by_account')
  .from(entries)
  .where("label <> 'void'")
  .groupBy('account')
  .aggregate((a) => ({
    ...{ entries: a.count(), credits: a.count('amount > 0') },
    ...{ balance: a.sum('amount'), fees: a.sum('fee', 'pieces > 1'), pieces: a.sum('pieces'), weight: a.sum('weight') },
    ...{ mean_amount: a.avg('amount'), mean_fee: a.avg('fee', 'pieces > 1'), mean_pieces: a.avg('pieces') },
    ...{ mean_weight: a.avg('weight'), least: a.min('amount'), greatest: a.max('amount', 'pieces > 1') },
    ...{ first_day: a.min('day'), last_day: a.max('day'), labels: a.countDistinct('label') },
    ...{ amounts: a.countDistinct('amount', 'pieces > 1'), days: a.countDistinct('day') },
  }))
  .derive((c) => ({ each: c.nullable.double('balance / entries') }));

/** Two columns that may be null, of which one is counted too; nothing is merged but rows. */
const byDay = materializedView('by_day')
  .from(entries)
  .groupBy('day', 'label')
  .aggregate((a) => ({ labels: a.countDistinct('label'), accounts: a.countDistinct('account') }));

const pairs = materializedView('pairs').from(entries).groupBy('account', 'label').distinct();

/** Groups of joined rows, with measures of computed columns. */
const byOwner = materializedView('by_owner')
  .from(entries)
  .leftJoin(owners, { on: 'account', columns: ['owner'] })
  .derive((c) => ({ twice: c.nullable.decimal(7, 4, 'fee * 2') }))
  .groupBy('owner')
  .aggregate((a) => ({
    ...{ entries: a.count(), accounts: a.countDistinct('account'), fees: a.countDistinct('twice') },
    ...{ twice: a.sum('twice'), least: a.min('twice'), last_day: a.max('day') },
  }))
  .surrogateKey('owner_key');

/** Of a view, straight: a computed column is no column of its table. */
const byPiece = materializedView('by_piece')
  .from(entries)
  .derive((c) => ({ more: c.nullable.long('pieces + 1') }))
  .groupBy('account')
  .aggregate((a) => ({ different: a.countDistinct('more'), total: a.sum('more'), least: a.min('more') }));

/** Groups of groups, whose rows move when a count of another view changes. */
const bySize = materializedView('by_size')
  .from(byAccount)
  .groupBy('entries')
  .aggregate((a) => ({ accounts: a.count(), balance: a.sum('balance'), least: a.min('least') }));

export const ledgerPipeline = (name: string): PipelinePlan =>
  pipeline(name, {
    tables: [rawEntries, entries, rawOwners, owners, byAccount, byDay, pairs, byOwner, byPiece, bySize],
  });

/** Each view as plain SQL. */
export const ledgerOracle: Readonly<Record<string, string>> = {
  by_account: `
    SELECT account, count(*) AS entries, count(*) FILTER (WHERE amount > 0) AS credits, coalesce(sum(amount), 0) AS balance,
      coalesce(sum(fee) FILTER (WHERE pieces > 1), 0) AS fees, coalesce(sum(pieces), 0)::bigint AS pieces,
      coalesce(sum(weight), 0) AS weight, avg(amount)::double precision AS mean_amount,
      (avg(fee) FILTER (WHERE pieces > 1))::double precision AS mean_fee, avg(pieces)::double precision AS mean_pieces,
      avg(weight) AS mean_weight, min(amount) AS least, max(amount) FILTER (WHERE pieces > 1) AS greatest,
      min(day) AS first_day, max(day) AS last_day, count(DISTINCT label) AS labels,
      count(DISTINCT amount) FILTER (WHERE pieces > 1) AS amounts, count(DISTINCT day) AS days,
      coalesce(sum(amount), 0)::double precision / count(*) AS each
    FROM entries WHERE label <> 'void' GROUP BY account`,
  by_day: `
    SELECT day, label, count(DISTINCT label) AS labels, count(DISTINCT account) AS accounts FROM entries GROUP BY day, label`,
  pairs: 'SELECT DISTINCT account, label FROM entries',
  by_owner: `
    SELECT (SELECT k.owner_key FROM by_owner__keys k WHERE k.owner = o.owner) AS owner_key, o.owner,
      count(*) AS entries, count(DISTINCT e.account) AS accounts, count(DISTINCT e.fee * 2) AS fees,
      coalesce(sum((e.fee * 2)::numeric(7,4)), 0) AS twice, min((e.fee * 2)::numeric(7,4)) AS least, max(e.day) AS last_day
    FROM entries e JOIN owners o ON o.account = e.account WHERE o.owner IS NOT NULL GROUP BY o.owner`,
  by_piece: `
    SELECT account, count(DISTINCT pieces + 1) AS different, coalesce(sum(pieces + 1), 0)::bigint AS total,
      min(pieces + 1) AS least
    FROM entries GROUP BY account`,
  by_size: `
    SELECT entries, count(*) AS accounts, sum(balance) AS balance, min(least) AS least FROM (
      SELECT count(*) AS entries, coalesce(sum(amount), 0) AS balance, min(amount) AS least
      FROM entries WHERE label <> 'void' GROUP BY account) a
    GROUP BY entries`,
};

export type LedgerChanges = ReadonlyMap<string, readonly KeyedChange[]>;

/** A tenth of the most that a sum can hold: nine of them still fit. */
const TENTH = 999_999_999_999.99;

/** Few values, so that groups empty, extremes are lost and values come back. */
const entry: fc.Arbitrary<KeyedChange> = fc
  .record({
    entry_id: fc.integer({ min: 1, max: 9 }),
    account: fc.constantFrom('a', 'b', '', null),
    day: fc.constantFrom(20_000, 20_001, -4, null),
    amount: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: -300, max: 300 }).map((cents) => cents / 100) },
      { weight: 1, arbitrary: fc.constantFrom(null, 0) },
      { weight: 1, arbitrary: fc.constantFrom(TENTH, -TENTH) },
    ),
    fee: fc.constantFrom(0.0001, 99.9999, -99.9999, 0.1, 0.25, null),
    pieces: fc.constantFrom(0, 1, 2, 2 ** 40, null),
    // Sums of halves are exact in any order.
    weight: fc.constantFrom(0.5, -1.5, 1_000_000, null),
    label: fc.constantFrom('x', 'y', 'void', null),
    gone: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ gone, ...rest }) => ({ key: [rest.entry_id], row: gone === 0 ? null : { ...rest, seq: 1 } }));

const owner: fc.Arbitrary<KeyedChange> = fc
  .record({
    account: fc.constantFrom('a', 'b', ''),
    owner: fc.constantFrom('Ann', 'Bob', null),
    gone: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ gone, ...rest }) => ({ key: [rest.account], row: gone === 0 ? null : { ...rest, seq: 1 } }));

/** What one commit may change. */
export const ledgerChanges: fc.Arbitrary<LedgerChanges> = fc
  .record({
    entries: fc.array(entry, { maxLength: 6 }),
    owners: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(owner, { maxLength: 2 }) },
    ),
  })
  .map((changes) => new Map(Object.entries(changes)));
