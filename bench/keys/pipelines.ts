import type { PipelinePlan } from '@medallion/pipeline';
import {
  days,
  isoInstant,
  json,
  materializedView,
  minutes,
  pipeline,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import { long, row, string } from '@medallion/schema';

/**
 * Tables that have a row for every key: the history of customers and the identities of ten minutes, which services remember,
 * and a gold table of the changes of each customer and day.
 */

const RawChange = row('RawChange', {
  customer_id: string(),
  sequence: long(),
  at: string(),
  name: string(),
  city: string(),
});

const changesOf = (input: string) =>
  streamingTable('bronze_changes').from(topic(input, { format: json(RawChange), key: 'customer_id' }));

const historyChanges = changesOf('keys-history.raw');
const history = pipeline('keys-history', {
  tables: [
    historyChanges,
    streamingTable('kept')
      .from(historyChanges)
      .applyChanges({ keys: ['customer_id'], sequenceBy: 'sequence', storedAs: 2 }),
  ],
});

const dedupeChanges = changesOf('keys-dedupe.raw');
const dedupe = pipeline('keys-dedupe', {
  tables: [
    dedupeChanges,
    streamingTable('kept')
      .from(dedupeChanges)
      .expectOrQuarantine('valid_time', 'at', isoInstant)
      .eventTime('at', { watermarkDelay: minutes(1) })
      .dedupe({ by: 'customer_id', within: minutes(10) }),
  ],
});

const goldChanges = changesOf('keys-gold.raw');
const timed = streamingTable('silver_changes')
  .from(goldChanges)
  .expectOrQuarantine('valid_time', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: minutes(1) });
const gold = pipeline('keys-gold', {
  tables: [
    goldChanges,
    timed,
    materializedView('changes_of_customers')
      .from(timed)
      .windowedBy(tumbling(days(1)))
      .groupBy('customer_id')
      .aggregate((a) => ({ changes: a.count(), newest: a.max('sequence') })),
  ],
});

/** The plans by their names. */
export const KEYS_PLANS: ReadonlyMap<string, PipelinePlan> = new Map(
  [history, dedupe, gold].map((plan): [string, PipelinePlan] => [plan.name, plan]),
);
