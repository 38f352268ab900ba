import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { instant } from '@medallion/core';
import { type KeyedTablePlan, type StepPlan, VALIDITY } from '@medallion/pipeline';
import { fromTrace, type RunningFlow } from '@medallion/runtime';
import { fieldsOf, nullable, string, timestamp } from '@medallion/schema';
import { MemoryFiles } from '@medallion/testkit';
import fc from 'fast-check';
import { ChangelogReader, inOrder } from '../support/changelog-reader.ts';
import { type Counted, countedIn } from '../support/count-oracle.ts';
import { keyedPipeline, keyedTable } from '../support/keyed-plan.ts';
import { World } from '../support/keyed-world.ts';

/** Snapshots as changes: the table is the last snapshot, or the history of all, whatever goes wrong (see World). */

type Customer = { readonly id: string; readonly name: string | null; readonly note: string | null };
type Snapshot = readonly Customer[];

const DECLARED = fieldsOf({ id: nullable(string()), name: nullable(string()), note: nullable(string()) });
const FILES = 'keyed.customers.files';

const notBad: StepPlan = {
  kind: 'judge',
  expectations: [
    {
      name: 'not_bad',
      action: 'quarantine',
      text: 'name is not Bad',
      rule: { kind: 'row', test: (row) => row.name !== 'Bad' },
    },
  ],
};

const customers = (storedAs: 1 | 2): KeyedTablePlan =>
  keyedTable(storedAs, {
    flow: {
      name: `table_${storedAs}`,
      source: {
        kind: 'snapshot',
        path: 'customers',
        pattern: '*.json',
        format: { kind: 'json' },
        declared: { name: 'Customer', fields: DECLARED },
        filesTopic: FILES,
      },
      views: [],
      steps: [notBad],
      once: false,
    },
    sequenceBy: null,
    deletes: null,
    schema: {
      name: `table_${storedAs}`,
      fields: [
        ...fieldsOf({ id: string(), name: nullable(string()), note: nullable(string()) }),
        ...(storedAs === 1 ? [] : fieldsOf({ [VALIDITY.from]: timestamp(), [VALIDITY.to]: nullable(timestamp()) })),
      ],
    },
  });

const planOf = (table: KeyedTablePlan) => ({ ...keyedPipeline(), tables: [table] });

const PATH = 'customers/all.json';
/** A snapshot a second. */
const at = (i: number) => instant(1_000 * (i + 1));

/** Type 1: the last snapshot. Type 2: each customer through all of them; `name` is tracked. */
function expected(storedAs: 1 | 2, snapshots: readonly Snapshot[]) {
  const rows = (snapshots.at(-1) ?? []).map((row) => ({ ...row }));
  if (storedAs === 1) return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  const ids = [...new Set(snapshots.flat().map(({ id }) => id))].sort();
  return ids.flatMap((id) => {
    const versions: (Customer & { from: number; to: number | null })[] = [];
    for (const [i, snapshot] of snapshots.entries()) {
      const row = snapshot.find((each) => each.id === id);
      const last = versions.at(-1);
      const open = last?.to === null ? last : undefined;
      if (row !== undefined && open?.name === row.name) versions[versions.length - 1] = { ...open, note: row.note };
      else {
        if (open !== undefined) versions[versions.length - 1] = { ...open, to: at(i) };
        if (row !== undefined) versions.push({ ...row, from: at(i), to: null });
      }
    }
    return versions;
  });
}

const seen = async (table: KeyedTablePlan, world: World) =>
  inOrder((await new ChangelogReader(table, world.log, world.codecs).read()).sorted()).map(({ seq: _, ...row }) => row);

/** Resolves when the flow has applied the version of the file that is there now. */
async function applied(world: World, table: KeyedTablePlan): Promise<void> {
  const before = world.cluster.topic(FILES)?.[0]?.high ?? 0;
  const deadline = Date.now() + 120_000;
  for (;;) {
    const high = world.cluster.topic(FILES)?.[0]?.high ?? 0;
    const reached = [...world.cluster.group(`keyed.${table.name}`).checkpoints.values()][0]?.offset ?? 0;
    if (high > before && reached === high) return;
    if (Date.now() > deadline) throw new Error(`not caught up: ${world.trouble}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** What a run over all snapshots counts: each row of each of them, compared with the one before. */
function countedOf(snapshots: readonly Snapshot[]): Counted {
  const records: Record<string, number> = { read: 0, accepted: 0, unchanged: 0, removed: 0 };
  for (const [i, snapshot] of snapshots.entries()) {
    const before = new Map((snapshots[i - 1] ?? []).map((row) => [row.id, JSON.stringify(row)]));
    for (const row of snapshot) {
      records.read!++;
      records[before.get(row.id) === JSON.stringify(row) ? 'unchanged' : 'accepted']!++;
    }
    const ids = new Set(snapshot.map(({ id }) => id));
    records.removed! += [...before.keys()].filter((id) => !ids.has(id)).length;
  }
  const judged = records.read!;
  const some = Object.entries(records).filter(([, n]) => n > 0);
  return { records: Object.fromEntries(some), rules: { not_bad: [judged, 0, 0] } };
}

/** Resolves when the counts of the last snapshot are in the store. */
async function copied(world: World, table: KeyedTablePlan): Promise<Counted> {
  const deadline = Date.now() + 120_000;
  const isBehind = (topic: string) =>
    (world.database.leases.find((lease) => lease.topic === topic)?.next ?? 0) < world.cluster.topic(topic)![0]!.high;
  while ([table.changelogTopic, table.quarantineTopic].some(isBehind)) {
    if (Date.now() > deadline) throw new Error(`not copied: ${world.trouble}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const { records, rules } = countedIn(table.name, world.database.counts);
  return { records: Object.fromEntries(Object.entries(records).filter(([, n]) => n > 0)), rules };
}

const anySnapshot = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
    name: fc.constantFrom('Alice', 'Bob', null),
    note: fc.constantFrom('x', 'y', null),
  }),
  { selector: ({ id }) => id, maxLength: 7 },
);

async function play(seed: number, storedAs: 1 | 2, snapshots: readonly Snapshot[], faults: boolean): Promise<void> {
  const world = new World(seed, faults);
  const { random } = world;
  const table = customers(storedAs);
  const files = new MemoryFiles({ batchRows: 2, fails: () => world.faults && random() < 0.05 });
  const start = (owner: string) => world.start('bronze', planOf(table), owner, files);
  const running: RunningFlow[] = [start('first')];
  const gold = world.start('gold', planOf(table), 'gold');
  try {
    for (const [i, snapshot] of snapshots.entries()) {
      const done = applied(world, table);
      files.put(PATH, snapshot, at(i));
      if (world.faults) {
        if (random() < 0.4) world.expel(table);
        if (random() < 0.3 && running.length < 3) running.push(start(`at ${i}`));
        else if (random() < 0.2 && running.length > 1) await running.shift()?.stop();
        for (let n = 0; n < random() * 20; n++) await turn(undefined);
        if (random() < 0.5) world.expel(table);
      }
      await done;
      if (random() < 0.3) world.compact(table);
    }
    world.faults = false;
    await Promise.all(running.splice(0).map((flow) => flow.stop()));
    running.push(start('after all'));
    const done = applied(world, table);
    files.put(PATH, snapshots.at(-1) ?? [], at(snapshots.length));
    await done;
    assert.deepEqual(await seen(table, world), expected(storedAs, snapshots));
    const all = [...snapshots, snapshots.at(-1) ?? []];
    if (all.flat().length > 0) assert.deepEqual(await copied(world, table), countedOf(all));
    for (const log of world.cluster.topic(table.changelogTopic) ?? []) log.compact(log.high, true);
    assert.deepEqual(await seen(table, world), expected(storedAs, snapshots), 'compacted');
  } finally {
    world.faults = false;
    await Promise.all([...running, gold].map((flow) => flow.stop()));
  }
}

for (const storedAs of [1, 2] as const)
  test(`N1 N2 N5 N6 a table of type ${storedAs} is what its snapshots say, and so are its counts, whatever happens to its writers`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.array(anySnapshot, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        async (seed, snapshots, faults) => play(seed, storedAs, snapshots, faults),
      ),
      { numRuns: Number(process.env.INTEGRITY_RUNS ?? 20), endOnFailure: true },
    );
  });

const row = (id: string | null, name: string) => ({ id, name, note: null });

test('N3 N4 a broken snapshot changes nothing, and a broken row keeps what is known of its key', async () => {
  const world = new World(1, false);
  const table = customers(1);
  const files = new MemoryFiles();
  const flow = world.start('bronze', planOf(table), 'one', files);
  const put = async (change: () => void) => {
    const done = applied(world, table);
    change();
    await done;
  };
  const ids = async () => (await seen(table, world)).map(({ id, name }) => `${id} ${name}`);
  const traces = () => {
    const log = world.cluster.topic(table.quarantineTopic)![0]!;
    const records = log.slice(0, log.high, Number.MAX_SAFE_INTEGER);
    return records.flatMap(({ headers }) => fromTrace(headers) ?? []);
  };
  try {
    await put(() => files.put(PATH, [row('a', 'Alice'), row('b', 'Bob'), row('c', 'Carol')], at(0)));
    await put(() => files.putBroken(PATH, [row('a', 'Anna')], at(1)));
    await put(() => files.putUnreadable(PATH, [row('a', 'Anna')], at(2)));
    assert.deepEqual(await ids(), ['a Alice', 'b Bob', 'c Carol']);
    assert.deepEqual(
      traces().map(({ outcome }) => outcome),
      ['unparseable', 'unparseable'],
    );
    await put(() =>
      files.put(PATH, [row('a', 'Anna'), row('a', 'Twice'), row(null, 'Nobody'), row('c', 'Carol')], at(3)),
    );
    assert.deepEqual(await ids(), ['a Anna', 'c Carol'], 'b is gone');
    await put(() => files.put(PATH, [row('a', 'Bad'), row('d', 'Bad')], at(4)));
    assert.deepEqual(await ids(), ['a Anna'], 'what was known of a is kept');
    assert.deepEqual(
      traces()
        .slice(2)
        .map(({ violations }) => violations[0]?.expectation),
      ['key is unique', 'key is not null', 'not_bad', 'not_bad'],
    );
    const gold = world.start('gold', planOf(table), 'gold');
    assert.deepEqual(await copied(world, table), {
      // Two files that cannot be read, three rows, four, two.
      records: { read: 11, unparseable: 2, accepted: 4, unchanged: 1, violation: 4, removed: 2 },
      rules: { not_bad: [9, 2, 2] },
    });
    await gold.stop();
  } finally {
    await flow.stop();
  }
});

test('K3 a snapshot flow that another writer came before writes its snapshot again', async () => {
  const world = new World(1, false);
  const table = customers(2);
  const files = new MemoryFiles();
  const flow = world.start('bronze', planOf(table), 'one', files);
  const snapshots = [[row('a', 'Alice')], [row('a', 'Anna')], [row('a', 'Anna'), row('b', 'Bob')]] as Snapshot[];
  try {
    for (const [i, snapshot] of snapshots.entries()) {
      const done = applied(world, table);
      files.put(PATH, snapshot, at(i));
      await done;
      // What a zombie had in hand.
      const stray = { key: Buffer.from('["a"]'), value: null, headers: { src: `${table.flow.name}:0:0:0` } };
      world.cluster.append([{ topic: table.changelogTopic, partition: 0, records: [stray] }]);
    }
    assert.deepEqual(await seen(table, world), expected(2, snapshots));
  } finally {
    await flow.stop();
  }
});
