import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { AUDIT, type PipelinePlan } from '@medallion/pipeline';
import { MemoryEngine } from './memory-engine.ts';
import { refreshShop } from './refresh-shop.ts';
import { soon } from './soon.ts';

/** The world of the tests of rebuilding tables: the shop's services, what they are sent, and what a batch makes of it. */

export const RAW = 'shop.raw';
export const PARTITIONS = 2;
export const VIEWS = ['per_minute', 'lately', 'visits'] as const;
export const LAYERS = ['bronze', 'silver', 'gold'] as const;
export const plan = refreshShop('shop', { raw: RAW });
export const NOW = Date.parse('2026-01-01T12:00:00.000Z');

const AUDIT_COLUMNS: ReadonlySet<string> = new Set(Object.values(AUDIT));

type Sale = { readonly sale_id: string; readonly account: string; readonly at: string; readonly amount: number };

/**
 * Sales of half an hour: some bad, some twice, some behind the watermark. An account's sales are all in one partition: in
 * which order partitions are read is open, and it decides which sales find a session open (S3).
 */
export function sales(random: () => number, count: number): readonly Sale[] {
  return Array.from({ length: count }, (_, n) => {
    const late = random() < 0.15 ? random() * 400_000 : 0;
    const at = new Date(NOW - 1_800_000 + n * (1_700_000 / count) - late).toISOString();
    const id = random() < 0.1 ? Math.floor(random() * n) : n;
    return {
      sale_id: `s${id}`,
      account: `a${(id % PARTITIONS) + PARTITIONS * Math.floor(random() * 2)}`,
      at: random() < 0.05 ? 'yesterday' : at,
      amount: random() < 0.1 ? -1 : Math.ceil(random() * 9),
    };
  });
}

/** Sales with their partitions: that of a sale is a matter of its id. */
export const placed = (all: readonly Sale[]) =>
  all.map((sale) => [Number(sale.sale_id.slice(1)) % PARTITIONS, sale] as const);

export const engineOf = (random: () => number): MemoryEngine => new MemoryEngine(plan, { [RAW]: PARTITIONS }, random);

/** All that users see, without what depends on when it was processed. */
export function shown(engine: MemoryEngine, declared: PipelinePlan = plan): readonly string[] {
  const { database } = engine;
  const rows = [...VIEWS, 'accounts', 'totals'].flatMap((name) =>
    database.rows(name).map((row) => {
      const kept = declared.tables.find((table) => table.name === name)!.schema.fields.map((field) => field.name);
      const own = kept.filter((column) => !AUDIT_COLUMNS.has(column));
      return `${name} ${JSON.stringify(own.map((column) => row[column]))}`;
    }),
  );
  const refused = database.quarantined.map(({ table, outcome, partition, row }) => {
    const { sale_id, account, at, amount } = JSON.parse(row ?? '{}') as Partial<Sale>;
    return `refused ${table} ${outcome} ${partition} ${sale_id} ${account} ${at} ${amount}`;
  });
  const late = database.late.map((row) => `late ${row.view} ${row.windowStart} ${row.watermark} ${row.eventTime}`);
  const counts = database.counts.map((count) => {
    const { table, flow, partition, kind } = count;
    const of = kind === 'records' ? [count.outcome, count.records] : [count.rule, count.judged, count.failed];
    return `count ${table} ${flow} ${partition} ${of.join(' ')}`;
  });
  return [...rows, ...refused, ...late, ...counts].sort();
}

/** Compares all that is shown; names what is missing and what is too much. */
export function same(actual: readonly string[], wanted: readonly string[]): void {
  const [missing, extra] = [new Set(wanted).difference(new Set(actual)), new Set(actual).difference(new Set(wanted))];
  assert.deepEqual({ missing: [...missing].slice(0, 8), extra: [...extra].slice(0, 8) }, { missing: [], extra: [] });
  assert.equal(actual.length, wanted.length);
}

export async function caughtUp(engine: MemoryEngine, declared: PipelinePlan = plan): Promise<void> {
  const at = (flow: string) => engine.checkpointed(flow);
  const leased = (topic: string) =>
    engine.database.leases.filter((lease) => lease.topic === topic).reduce((sum, { next }) => sum + next, 0);
  await soon('all is processed', () => {
    const flows = at('bronze') === engine.size(RAW) && at('silver') === engine.size('shop.bronze');
    const keyed = at('accounts') === engine.size('shop.silver');
    const topics = declared.tables.flatMap((table) =>
      table.kind === 'streaming_table'
        ? [table.topic, table.quarantineTopic]
        : table.kind === 'keyed_table'
          ? [table.changelogTopic, table.quarantineTopic]
          : [],
    );
    return flows && keyed && topics.every((topic) => leased(topic) === engine.size(topic));
  });
}

/** What an engine shows that nobody refreshed: the batch oracle of a refreshed one. */
export async function expected(
  given: readonly (readonly [number, Sale])[],
  declared = plan,
): Promise<readonly string[]> {
  const engine = new MemoryEngine(declared, { [RAW]: PARTITIONS });
  for (const [partition, sale] of given) await engine.send(RAW, partition, [sale]);
  for (const layer of LAYERS) engine.start(layer);
  try {
    await caughtUp(engine, declared);
    return shown(engine, declared);
  } finally {
    await engine.stop();
  }
}

export const pauseOf = async (random: () => number, most: number): Promise<void> => {
  for (let i = 0; i < random() * most; i++) await turn(undefined);
};
