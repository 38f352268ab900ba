import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyedTablePlan } from '@medallion/pipeline';
import { ensurePipelineTopics, fromTrace, ledgerOf, type RunningFlow, type TopicSpec } from '@medallion/runtime';
import { ChangelogReader } from '../support/changelog-reader.ts';
import type { SentChange } from '../support/keyed-oracle.ts';
import { keyedPipeline, keyedTable } from '../support/keyed-plan.ts';
import { Sender } from '../support/keyed-sender.ts';
import { caughtUp, World } from '../support/keyed-world.ts';
import { soon } from '../support/soon.ts';

/** One keyed table on a log in memory on which nothing goes wrong. */
class Keyed {
  readonly world = new World(1, false);
  readonly table: KeyedTablePlan;
  readonly #sender: Sender;
  #running: RunningFlow;

  constructor(storedAs: 1 | 2, more: Partial<KeyedTablePlan> = {}) {
    this.table = keyedTable(storedAs, more);
    this.#sender = new Sender(this.world);
    this.#running = this.#start();
  }

  #start(): RunningFlow {
    return this.world.start('silver', keyedPipeline(this.table), 'one');
  }

  async send(...sent: readonly Record<string, string | number | boolean | null>[]): Promise<void> {
    await this.#sender.send(sent as unknown as SentChange[]);
    await caughtUp(this.world, this.table, this.#sender.total);
  }

  async restart(): Promise<void> {
    await this.stop();
    this.#running = this.#start();
  }

  stop(): Promise<void> {
    return this.#running.stop();
  }

  async rows() {
    return (await new ChangelogReader(this.table, this.world.log, this.world.codecs).read()).sorted();
  }

  /** Changes in the changelog, whatever is in them. */
  get written(): number {
    const logs = this.world.cluster.topic(this.table.changelogTopic)!;
    return logs.flatMap((log) => log.slice(0, log.high, 1e9)).filter((record) => ledgerOf(record) === null).length;
  }

  compact(keepNulls: boolean): void {
    for (const log of this.world.cluster.topic(this.table.changelogTopic)!) log.compact(log.high, keepNulls);
  }

  traces() {
    return this.world.cluster
      .topic(this.table.quarantineTopic)!
      .flatMap((log) => log.slice(0, log.high, Number.MAX_SAFE_INTEGER))
      .map(({ headers }) => fromTrace(headers)!);
  }
}

const upsert = (id: string | null, seq: number | null, name: string, note = 'x') => ({
  id,
  seq,
  gone: false,
  name,
  note,
});
const gone = (id: string, seq: number) => ({ id, seq, gone: true, name: null, note: null });
const version = (from: number, to: number | null, seq: number, name: string, note = 'x') => ({
  ...{ id: 'a', seq, name, note },
  ...{ from, to },
});

test('K8 a null key or a null sequence is a violation', async () => {
  const keyed = new Keyed(1);
  await keyed.send(upsert(null, 1, 'Nobody'), upsert('a', null, 'Never'), upsert('a', 1, 'Alice'));
  assert.deepEqual(
    keyed
      .traces()
      .map(({ outcome, violations }) => [outcome, violations[0]?.expectation])
      .sort(),
    [
      ['violation', 'key is not null'],
      ['violation', 'sequence is not null'],
    ],
  );
  assert.deepEqual(
    (await keyed.rows()).map(({ name }) => name),
    ['Alice'],
  );
  await keyed.stop();
});

test('K4 what is known already writes nothing, before and after a restart', async () => {
  for (const storedAs of [1, 2] as const) {
    const keyed = new Keyed(storedAs);
    const sent = [upsert('a', 5, 'Alice'), upsert('a', 9, 'Bob'), gone('b', 7), upsert('a', 7, 'Alice', 'y')];
    await keyed.send(...sent);
    const { written } = keyed;
    await keyed.send(...sent);
    await keyed.restart();
    await keyed.send(...sent);
    assert.equal(keyed.written, written);
    await keyed.stop();
  }
});

test('K7 a changelog that was made again is an error with a name', async () => {
  const keyed = new Keyed(1);
  await keyed.send(upsert('a', 1, 'Alice'));
  await keyed.stop();
  keyed.world.cluster.deleteTopic(keyed.table.changelogTopic);
  await keyed.restart();
  await soon('it says so', () => keyed.world.trouble.includes('MED_LOG_RECREATED'));
  await keyed.stop();
});

test('C8 C9 untracked columns of a split version are its own again, after a restart from a compacted log', async () => {
  const keyed = new Keyed(2);
  await keyed.send(upsert('a', 5, 'Alice', 'old'), upsert('a', 15, 'Alice', 'new'));
  assert.deepEqual(await keyed.rows(), [version(5, null, 15, 'Alice', 'new')]);
  keyed.compact(true);
  await keyed.restart();
  await keyed.send(upsert('a', 12, 'Bob'));
  assert.deepEqual(await keyed.rows(), [
    version(5, 12, 5, 'Alice', 'old'),
    version(12, 15, 12, 'Bob'),
    version(15, null, 15, 'Alice', 'new'),
  ]);
  await keyed.stop();
});

test('C5 a delete that ends a version is known when compaction has removed its null value', async () => {
  const keyed = new Keyed(2);
  await keyed.send(upsert('a', 5, 'Alice'), gone('a', 20), upsert('b', 1, 'Other'), upsert('c', 1, 'Other'));
  keyed.compact(false);
  await keyed.restart();
  await keyed.send(upsert('a', 12, 'Bob'), upsert('a', 20, 'Late'));
  assert.deepEqual(
    (await keyed.rows()).filter(({ id }) => id === 'a'),
    [version(5, 12, 5, 'Alice'), version(12, 20, 12, 'Bob')],
  );
  await keyed.stop();
});

test('the topics of a keyed table and its source are made for what they hold', async () => {
  const specs: TopicSpec[] = [];
  const world = new World(1, false);
  new Sender(world);
  const snapshot = keyedTable(2);
  const plan = keyedPipeline(keyedTable(1), {
    ...snapshot,
    flow: {
      ...snapshot.flow,
      source: {
        ...{ kind: 'snapshot', path: 'customers', pattern: '*.csv', filesTopic: 'keyed.files' },
        ...{ format: { kind: 'csv', delimiter: ',' }, declared: { name: 'Customer', fields: [] } },
      },
    },
  });
  await ensurePipelineTopics(plan, {
    ...world.log,
    ensureTopics: async (wanted) => {
      specs.push(...wanted);
      await world.log.ensureTopics(wanted);
    },
  });
  const { retentionMs, cleanup } = specs.find(({ topic }) => topic === 'keyed.files')!;
  assert.deepEqual([retentionMs, cleanup], [-1, undefined]);
  const changelogs = specs.filter(({ topic }) => topic.endsWith('.changelog'));
  const compaction = { lagMs: 86_400_000, tombstoneRetentionMs: 86_400_000 };
  assert.deepEqual(
    changelogs.map((spec) => [spec.partitions, spec.cleanup, spec.compaction]),
    [
      [2, 'compact', compaction],
      [1, 'compact', compaction],
    ],
  );
});
