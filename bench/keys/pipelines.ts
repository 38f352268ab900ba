import type { PipelinePlan } from '@medallion/pipeline';
import { isoInstant, json, minutes, pipeline, streamingTable, topic } from '@medallion/pipeline';
import { long, row, string } from '@medallion/schema';

/** Two tables that remember every key that they have seen: the history of customers, and identities of ten minutes. */

const RawChange = row('RawChange', {
  customer_id: string(),
  sequence: long(),
  at: string(),
  name: string(),
  city: string(),
});

const changesOf = (input: string) =>
  streamingTable('changes').from(topic(input, { format: json(RawChange), key: 'customer_id' }));

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

/** The plans by their names. */
export const KEYS_PLANS: ReadonlyMap<string, PipelinePlan> = new Map(
  [history, dedupe].map((plan): [string, PipelinePlan] => [plan.name, plan]),
);
