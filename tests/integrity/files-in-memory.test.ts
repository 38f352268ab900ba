import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { milliseconds, noMetrics, silentLog, systemClock } from '@medallion/core';
import { files, jsonLines, nonEmpty, pipeline, streamingTable } from '@medallion/pipeline';
import {
  type AppendBatch,
  Coordinates,
  coordinateOf,
  type LogRecord,
  noProgress,
  type RunningFlow,
  runLayer,
} from '@medallion/runtime';
import { long, row, string } from '@medallion/schema';
import { createMemoryCodecs, createMemoryLog, MemoryCluster, MemoryRegistry, seeded } from '@medallion/testkit';
import fc from 'fast-check';
import { MemoryFiles } from '../support/memory-files.ts';

/**
 * A table fed by files, on ports in memory, through the code that bronze-ingest runs: appends that get lost or whose
 * replies do, refused checkpoints, listings and reads that fail, instances that come, go, and are taken for dead while
 * they go on working. Readers of the table see every row of every file once.
 */

const PARTITIONS = 3;
const READERS = 2;
const TABLE = 'bronze_orders';
const plan = pipeline('files-test', {
  tables: [
    streamingTable(TABLE)
      .from(
        files('orders', {
          pattern: '*.json',
          format: jsonLines(row('RawOrder', { order_id: string(), n: long() })),
          key: 'order_id',
          partitions: PARTITIONS,
          readers: READERS,
        }),
      )
      .expectOrQuarantine('has_id', 'order_id', nonEmpty),
  ],
});
const FLOW = `${plan.name}.${TABLE}`;
const topics = { rows: `files-test.${TABLE}`, traces: `files-test.${TABLE}.quarantine` };

type World = {
  readonly cluster: MemoryCluster;
  readonly registry: MemoryRegistry;
  readonly folder: MemoryFiles;
  faults: boolean;
};

const settings = {
  ...{ fetchWaitMs: 1, maxBatchBytes: 16_384, sessionTimeoutMs: 1_000, tickMs: 2, checkpointEveryMs: 2 },
  ...{ discoverEveryMs: 4, idleTimeoutMs: milliseconds(600_000) },
};

function start(world: World, random: () => number, owner: string): RunningFlow {
  return runLayer('bronze', {
    ...{ plan, owner, settings, clock: systemClock, logger: silentLog, metrics: noMetrics },
    log: createMemoryLog(world.cluster),
    codecs: createMemoryCodecs(world.registry),
    files: world.folder.source({
      unavailable: () => world.faults && random() < 0.02,
      batchRows: () => 1 + Math.floor(random() * 7),
    }),
    progress: () => noProgress,
    report: () => {},
    sleep: async () => void (await turn(undefined)),
  });
}

async function play(seed: number): Promise<void> {
  const random = seeded(seed);
  const world: World = {
    cluster: null as never,
    registry: new MemoryRegistry(),
    folder: new MemoryFiles(),
    faults: true,
  };
  const fateOfAppend = (_: readonly AppendBatch[]) => {
    if (!world.faults || random() < 0.9) return 'acknowledged';
    return random() < 0.5 ? 'acknowledgement_lost' : 'lost';
  };
  Object.assign(world, {
    cluster: new MemoryCluster({ fateOfAppend, acceptsCommit: () => !world.faults || random() < 0.7 }),
  });
  const running: RunningFlow[] = [start(world, random, 'a')];
  const expected = new Map<string, 'row' | 'violation' | 'unparseable'>();
  try {
    for (let file = 0; file < 25; file++) {
      const path = `orders/${String(file % 5)}-${file}.json`;
      const rows = Array.from({ length: Math.floor(random() * 40) }, (_, n) => {
        const kind = random();
        expected.set(`${path} ${n}`, kind < 0.1 ? 'unparseable' : kind < 0.2 ? 'violation' : 'row');
        return kind < 0.1 ? 'broken' : { order_id: kind < 0.2 ? '' : `o${Math.floor(random() * 30)}`, n };
      });
      world.folder.put(path, rows);
      const dice = random();
      if (dice < 0.2 && running.length < 3) running.push(start(world, random, `i${file}`));
      else if (dice < 0.35 && running.length > 1) await running.shift()!.stop();
      else if (dice < 0.6) {
        const { members } = world.cluster.group(FLOW);
        const victim = members[Math.floor(random() * members.length)];
        // Its session has timed out: others own its partitions, and it works on until it notices.
        if (victim !== undefined) world.cluster.group(FLOW).expel(victim);
      }
      for (let i = 0; i < random() * 60; i++) await turn(undefined);
    }
    world.faults = false;
    await caughtUp(world, 25);
    check(world, expected);
  } finally {
    world.faults = false;
    await Promise.all(running.map((each) => each.stop()));
  }
}

const records = ({ cluster }: World, topic: string, partition: number): readonly LogRecord[] => {
  const log = cluster.partition({ topic, partition })!;
  return log.slice(0, log.high, Number.MAX_SAFE_INTEGER);
};

async function caughtUp(world: World, files: number): Promise<void> {
  const filesTopic = `${topics.rows}.files`;
  const deadline = Date.now() + 120_000;
  for (;;) {
    const log = world.cluster.topic(filesTopic) ?? [];
    const { checkpoints } = world.cluster.group(FLOW);
    const reached = [...checkpoints.values()].reduce((sum, { offset }) => sum + offset, 0);
    const end = log.reduce((sum, { high }) => sum + high, 0);
    const named = new Set(log.flatMap((_, p) => records(world, filesTopic, p).map(({ key }) => String(key))));
    if (named.size === files && reached === end) return;
    if (Date.now() > deadline) throw new Error(`not caught up: ${reached} of ${end}, ${named.size} files named`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** What a reader that keeps to the protocol sees: of each (flow, partition) only what is greater than all before (P3). */
function seen(world: World, topic: string): readonly LogRecord[] {
  return (world.cluster.topic(topic) ?? []).flatMap((_, partition) => {
    const coordinates = new Coordinates();
    return records(world, topic, partition).filter((record) => coordinates.advance(coordinateOf(record)!));
  });
}

function check(world: World, expected: ReadonlyMap<string, string>): void {
  const found = new Map<string, string>();
  const add = (place: string, what: string) => {
    assert.ok(!found.has(place), `${place} is there twice`);
    found.set(place, what);
  };
  const places = filePlaces(world);
  for (const record of seen(world, topics.rows)) {
    const { partition, offset } = coordinateOf(record)!;
    add(`${places.get(`${partition}:${Math.floor(offset / 1e9)}`)} ${offset % 1e9}`, 'row');
  }
  for (const { headers } of seen(world, topics.traces))
    add(`${headers.file} ${headers.row}`, String(headers['medallion.outcome']));
  assert.deepEqual(Object.fromEntries([...found].sort()), Object.fromEntries([...expected].sort()));
}

/** `partition:offset` of the file log → path. */
function filePlaces(world: World): ReadonlyMap<string, string> {
  const topic = `${topics.rows}.files`;
  return new Map(
    world.cluster
      .topic(topic)!
      .flatMap((_, p) => records(world, topic, p).map(({ offset, key }) => [`${p}:${offset}`, String(key)] as const)),
  );
}

test('S1 lost appends, lost replies, refused checkpoints, failing folders and zombies leave every row of every file once', async () => {
  await fc.assert(fc.asyncProperty(fc.integer(), play), {
    numRuns: Number(process.env.INTEGRITY_RUNS ?? 15),
    endOnFailure: true,
  });
});
