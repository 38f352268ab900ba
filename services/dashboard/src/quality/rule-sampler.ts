import { type Clock, type Log, messageOf } from '@medallion/core';
import type { Query } from '@medallion/postgres';
import { type RuleCount, RuleSamples } from './rule-samples.ts';

/** How often rules are looked at. */
const EVERY_MS = 10_000;

const COUNTS = `SELECT pipeline, table_name AS "table", rule, sum(judged)::bigint AS judged, sum(failed)::bigint AS failed
FROM medallion.rule_counts GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;

/** Looks at what rules have counted, every ten seconds until it is closed. */
export function startRuleSampler({
  query,
  clock,
  log,
}: {
  readonly query: Query;
  readonly clock: Clock;
  readonly log: Log;
}): { readonly samples: RuleSamples; look(): Promise<void>; close(): Promise<void> } {
  const samples = new RuleSamples();
  let looking: Promise<void> | null = null;
  const look = async (): Promise<void> => {
    try {
      const counts = await query<RuleCount>(COUNTS);
      samples.add(clock.now(), counts);
    } catch (error) {
      log.debug({ reason: messageOf(error) }, 'rules cannot be looked at; trying again');
    }
  };
  const once = (): Promise<void> => {
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  };
  void once();
  const timer = setInterval(() => void once(), EVERY_MS);
  timer.unref();
  return {
    samples,
    look: once,
    async close() {
      clearInterval(timer);
      await looking;
    },
  };
}
