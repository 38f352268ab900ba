import { minutes, seconds } from '@medallion/core';
import {
  changeFeed,
  hopping,
  isoInstant,
  json,
  materializedView,
  type PipelinePlan,
  pipeline,
  positive,
  session,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import { int, row, string } from '@medallion/schema';

/** A pipeline with every kind of table, for tests of rebuilding them. */

const RawSale = row('RawSale', { sale_id: string(), account: string(), at: string(), amount: int() });

/** What differs between two declarations of it. */
export type ShopOptions = {
  readonly raw: string;
  /** The size of the windows of `per_minute`. */
  readonly minutes?: number;
  readonly version?: number;
  /** Whether `accounts` is made of changes by another column. */
  readonly accountsVersion?: number;
};

/** The pipeline of this name over a topic of raw sales. */
export function refreshShop(name: string, { raw, version = 1, accountsVersion = 1, ...o }: ShopOptions): PipelinePlan {
  const bronze = streamingTable('bronze').from(topic(raw, { format: json(RawSale), key: 'sale_id' }));
  const silver = streamingTable('silver')
    .from(bronze)
    .expectOrQuarantine('valid_time', 'at', isoInstant)
    .expectOrQuarantine('amount_counts', 'amount', positive)
    .eventTime('at', { watermarkDelay: seconds(30) })
    .dedupe({ by: 'sale_id', within: minutes(10) });
  const perMinute = materializedView('per_minute')
    .from(silver)
    .windowedBy(tumbling(minutes(o.minutes ?? 1)))
    .groupBy('account')
    .aggregate((a) => ({
      sales: a.count(),
      amount: a.sum('amount'),
      most: a.max('amount'),
      ids: a.countDistinct('sale_id'),
    }))
    .version(version);
  const lately = materializedView('lately')
    .from(silver)
    .windowedBy(hopping(minutes(2), { advance: minutes(1) }))
    .aggregate((a) => ({ sales: a.count() }));
  const visits = materializedView('visits')
    .from(silver)
    .windowedBy(session(seconds(20)))
    .groupBy('account')
    .aggregate((a) => ({ sales: a.count(), amount: a.sum('amount') }));
  const accounts = streamingTable('accounts')
    .from(silver)
    .applyChanges({ keys: ['sale_id', 'account'], sequenceBy: 'at', storedAs: 1 })
    .version(accountsVersion);
  const totals = materializedView('totals')
    .from(accounts)
    .groupBy('account')
    .aggregate((a) => ({ sales: a.count(), amount: a.sum('amount') }));
  const feed = changeFeed('account_changes').from(accounts);
  return pipeline(name, { tables: [bronze, silver, perMinute, lately, visits, accounts, totals, feed] });
}
