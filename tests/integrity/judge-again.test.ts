import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLog, systemClock } from '@medallion/core';
import {
  between,
  isoInstant,
  json,
  minutes,
  nonEmpty,
  type PipelinePlan,
  pipeline,
  positive,
  streamingTable,
  topic,
} from '@medallion/pipeline';
import { addJudged, choose, type JudgedAgain, type JudgedFlow, judgeAgain, redrive } from '@medallion/runtime';
import { int, row, string } from '@medallion/schema';
import { createMemoryCodecs, MemoryRedrives, seeded } from '@medallion/testkit';
import fc from 'fast-check';
import { MemoryEngine } from '../support/memory-engine.ts';
import { soon } from '../support/soon.ts';

/** A redrive that is only tried: what it says is what a redrive then does, and nothing of it is written. */

const RAW = 'sales';
const TABLES = ['bronze_sales', 'silver_sales', 'accounts'].map((name) => `shop.${name}`);
const TOPICS = TABLES.flatMap((name) => ['', '.quarantine', '.changelog', '.redrive'].map((kind) => name + kind));
const Sale = row('Sale', { sale_id: string(), account: string(), at: string(), amount: int() });

/** The same tables by strict rules, or by others that take some of what was refused, drop some and refuse some again. */
function declared(rules: 'strict' | 'mended'): PipelinePlan {
  const bronze = streamingTable('bronze_sales').from(topic(RAW, { format: json(Sale), key: 'sale_id' }));
  const checked = streamingTable('silver_sales')
    .from(bronze)
    .expectOrQuarantine('valid_time', 'at', isoInstant)
    .expectOrQuarantine('known', 'account', nonEmpty);
  const silver = (
    rules === 'strict'
      ? checked.expectOrQuarantine('amount_counts', 'amount', positive)
      : checked.expectOrDrop('amount_counts', 'amount', between(-20, 1_000))
  )
    .eventTime('at', { watermarkDelay: minutes(1) })
    .dedupe({ by: 'sale_id', within: minutes(60) });
  const accounts = streamingTable('accounts')
    .from(silver)
    .applyChanges({ keys: ['sale_id', 'account'], sequenceBy: 'at', storedAs: 1 });
  return pipeline('shop', { tables: [bronze, silver, accounts] });
}

async function rehearse(seed: number): Promise<void> {
  const random = seeded(seed);
  const engine = new MemoryEngine(declared('strict'), { [RAW]: 2 }, random);
  const redrives = new MemoryRedrives(engine.database);
  try {
    for (let n = 0; n < 30; n++) {
      const sale_id = `s${Math.floor(random() * 20)}`;
      const account = random() < 0.2 ? '' : random() < 0.1 ? null : 'a';
      const at = random() < 0.1 ? 'soon' : new Date(Date.now() - 1_000_000 + n * 1_000).toISOString();
      await engine.send(RAW, n % 2, [{ sale_id, account, at, amount: Math.floor(random() * 60) - 30 }]);
    }
    for (const layer of ['bronze', 'silver'] as const) await engine.start(layer, { until: 'caught up' }).done;
    engine.start('gold');
    const traces = () => engine.size('shop.silver_sales.quarantine') + engine.size('shop.accounts.quarantine');
    await soon('the refused are in quarantine', () => engine.database.quarantined.length === traces());
    const mended = declared('mended');
    // Of one table, so that no judged record depends on what becomes of another one.
    const store = () =>
      redrives.store('shop', ({ table, flow }) => table === 'silver_sales' && flow === 'silver_sales');
    const before = () =>
      TOPICS.map((name) => [name, engine.cluster.topic(name) === undefined ? null : engine.size(name)]);
    const untouched = before();
    const { chosen, claims } = await choose(mended, store());
    const parts = {
      ...{ plan: mended, log: engine.log, codecs: createMemoryCodecs(engine.registry), logger: silentLog },
      ...{ clock: systemClock, sleep: (ms: number) => delay(Math.min(ms, 5)) },
    };
    const judged: JudgedAgain[] = [];
    const flows = new Map<string, JudgedFlow>();
    for await (const each of judgeAgain(parts, store(), chosen, claims)) {
      judged.push(each);
      addJudged(flows, each);
    }
    assert.deepEqual(before(), untouched, 'R7 nothing is written');
    assert.equal(judged.length, claims.length);
    const rowsBefore = engine.records('shop.silver_sales').length;
    const tracesBefore = engine.records('shop.silver_sales.quarantine').length;
    await redrive(engine.log, mended, store(), { by: 'test' });
    await engine.start('silver', { until: 'caught up' }, mended).done;
    const of = flows.get('silver_sales');
    const kept = of?.kept ?? 0;
    const refused = Object.values(of?.refused ?? {}).reduce((sum, n) => sum + n, 0);
    assert.equal(engine.records('shop.silver_sales').length - rowsBefore, kept);
    const now = engine
      .records('shop.silver_sales.quarantine')
      .filter(({ headers }) => String(headers.src).startsWith('silver_sales.redrive:'));
    assert.equal(engine.records('shop.silver_sales.quarantine').length - tracesBefore, refused);
    const outcomes = (list: readonly string[]) => list.toSorted();
    assert.deepEqual(
      outcomes(now.map(({ headers }) => `${headers['medallion.outcome']}: ${headers['medallion.reason']}`)),
      outcomes(judged.flatMap(({ after }) => after.refused.map(({ outcome, reason }) => `${outcome}: ${reason}`))),
    );
  } finally {
    await engine.stop();
  }
}

test('R7 what a dry run says of each record is what its redrive then does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), (seed) => rehearse(seed)),
    { numRuns: Number(process.env.INTEGRITY_RUNS ?? 10), endOnFailure: true },
  );
});
