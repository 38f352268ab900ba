import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { days, files, jsonLines, pipeline, streamingTable } from '@medallion/pipeline';
import { row, string } from '@medallion/schema';
import type { MemoryDatabase } from '@medallion/testkit';
import { seeded } from '@medallion/testkit';
import fc from 'fast-check';
import { MemoryEngine } from '../support/memory-engine.ts';
import { MemoryFiles } from '../support/memory-files.ts';

/**
 * Columns that nobody declared, found by several instances at the same time while appends are lost and instances come and
 * go, through the code that the services run, up to the queryable copy: every row is there once, and every value that a
 * file had is in its column or among what was rescued.
 */

const table = streamingTable('bronze_things')
  .from(
    files('things', {
      ...{ pattern: '*', format: jsonLines(row('RawThing', { id: string() })), key: 'id' },
      ...{ evolution: 'add_new_columns', partitions: 3, readers: 3 },
    }),
  )
  .queryable({ partitionBy: 'ingestion_date', retention: days(3650) });
const plan = pipeline('columns-test', { tables: [table] });

const settings = { tickMs: 2, checkpointEveryMs: 2, discoverEveryMs: 3 };

/** Values that a field of a file may have; what a column is depends on what is found first. */
const VALUES: readonly (() => unknown)[] = [
  ...[() => null, () => true, () => 1, () => 0.5, () => 'text', () => '2026-01-07T00:00:00.000Z'],
  ...[() => ({ nested: 1 }), () => [1, 2], () => 2 ** 53],
];
const NAMES = ['a', 'b', 'c', 'd', 'not a name'];

type Thing = Readonly<Record<string, unknown>>;

async function play(seed: number): Promise<void> {
  const random = seeded(seed);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
  const engine = new MemoryEngine(plan, {}, random);
  const folder = new MemoryFiles();
  engine.files = folder.source({
    unavailable: () => engine.faults && random() < 0.02,
    batchRows: () => 1 + Math.floor(random() * 5),
  });
  engine.faults = true;
  for (const layer of ['bronze', 'bronze', 'gold', 'gold'] as const) engine.start(layer, settings);
  const given = new Map<string, Thing>();
  try {
    for (let file = 0; file < 12; file++) {
      const path = `things/${pick(['x', 'y', 'z'])}${file}`;
      const rows = Array.from({ length: 1 + Math.floor(random() * 8) }, (_, n): Thing => {
        const found = NAMES.filter(() => random() < 0.3).map((name) => [name, pick(VALUES)()]);
        const thing = { id: `${file}-${n}`, ...Object.fromEntries(found) };
        given.set(`${path} ${n}`, thing);
        return thing;
      });
      folder.put(path, rows);
      if (random() < 0.3) {
        const group = engine.cluster.group(`columns-test.${random() < 0.5 ? 'bronze_things' : 'gold'}`);
        const victim = pick(group.members);
        if (victim !== undefined) group.expel(victim);
      }
      for (let i = 0; i < random() * 40; i++) await turn(undefined);
    }
    engine.faults = false;
    const copied = () => engine.database.copied('bronze_things');
    for (const deadline = Date.now() + 120_000; copied().length < given.size && Date.now() < deadline; ) await delay(2);
    check(engine.database, given);
  } finally {
    await engine.stop();
  }
}

function check(database: MemoryDatabase, given: ReadonlyMap<string, Thing>): void {
  const gained = new Map((database.added.get('bronze_things') ?? []).map(({ name, type }) => [name, type.kind]));
  const left = new Set(given.keys());
  for (const row of database.copied('bronze_things')) {
    const place = `${row.source_file} ${row.source_row}`;
    assert.ok(left.delete(place), `${place} is there once`);
    const rescued = JSON.parse(String(row._rescued_data ?? '{}')) as Thing;
    for (const [name, value] of Object.entries(given.get(place)!)) {
      const kept = row[name] ?? null;
      if (kept === null && value !== null) assert.deepEqual(rescued[name], value, `${name} of ${place} is rescued`);
      if (kept === null || name === 'id') continue;
      assert.ok(gained.has(name), `${name} is known as a column`);
      const shown = gained.get(name) === 'timestamp' ? new Date(Number(kept)).toISOString() : kept;
      assert.deepEqual(shown, value, `${name} of ${place} is in its column`);
    }
  }
  const refused = database.quarantined.map(({ outcome, reason }) => `${outcome}: ${reason}`);
  assert.deepEqual([[...left], refused], [[], []]);
}

test('S15 S16 every value of a column that nobody declared is in it or rescued, whoever finds the column, and every row once', async () => {
  await fc.assert(fc.asyncProperty(fc.integer(), play), {
    numRuns: Number(process.env.INTEGRITY_RUNS ?? 10),
    endOnFailure: true,
  });
});
