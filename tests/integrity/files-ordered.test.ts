import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { seconds } from '@medallion/core';
import {
  files,
  isoInstant,
  jsonLines,
  type Layer,
  materializedView,
  minutes,
  pipeline,
  streamingTable,
  tumbling,
} from '@medallion/pipeline';
import type { RunningFlow } from '@medallion/runtime';
import { row, string } from '@medallion/schema';
import { seeded } from '@medallion/testkit';
import fc from 'fast-check';
import { MemoryEngine } from '../support/memory-engine.ts';
import { MemoryFiles } from '../support/memory-files.ts';

/**
 * Windows and duplicates over files, through the code that the services run: whatever files are found together, whoever
 * reads them, whatever crashes and is repeated, the windows hold what a GROUP BY over the distinct rows of all files gives,
 * and no row is late that is not late in the order of the files.
 */

const PARTITIONS = 3;
const MINUTE = 60_000;
/** A row is at most so far behind those before it, in the order of the files. */
const DISORDER = seconds(90);
const BEGIN = Date.UTC(2023, 0, 1);

const landed = streamingTable('bronze_events').from(
  files('events', {
    ...{ pattern: '*', format: jsonLines(row('RawEvent', { event_id: string(), device: string(), at: string() })) },
    ...{ key: 'device', partitions: PARTITIONS },
  }),
);
const events = streamingTable('silver_events')
  .from(landed)
  .expectOrQuarantine('valid_at', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: DISORDER })
  .dedupe({ by: 'event_id', within: minutes(5) });
const perMinute = materializedView('gold_per_minute')
  .from(events)
  .windowedBy(tumbling(minutes(1)))
  .aggregate((a) => ({ events: a.count() }));
const plan = pipeline('ordered-test', { tables: [landed, events, perMinute] });

const settings = { tickMs: 2, checkpointEveryMs: 2, discoverEveryMs: 3 };

type Event = { readonly event_id: string; readonly device: string; readonly at: string };

async function play(seed: number): Promise<void> {
  const random = seeded(seed);
  const engine = new MemoryEngine(plan, {}, random);
  const folder = new MemoryFiles();
  engine.files = folder.source({
    unavailable: () => engine.faults && random() < 0.02,
    batchRows: () => 1 + Math.floor(random() * 7),
  });
  engine.faults = true;
  const start = (layer: Layer): RunningFlow => engine.start(layer, settings);
  const running = { bronze: [start('bronze')], silver: [start('silver')], gold: [start('gold')] };
  const distinct = new Map<string, Event>();
  let last: readonly Event[] = [];
  let recent: readonly Event[] = [];
  try {
    for (let file = 0; file < 20; ) {
      // So many files are found together, in the order of their paths.
      for (let together = 1 + Math.floor(random() * 5); together > 0 && file < 20; together--, file++) {
        const rows = Array.from({ length: 1 + Math.floor(random() * 15) }, (_, n): Event => {
          const again = recent[Math.floor(random() * recent.length)];
          if (again !== undefined && random() < 0.2) return again;
          const at = new Date(BEGIN + file * MINUTE + Math.floor(random() * DISORDER)).toISOString();
          return { event_id: `${file}-${n}`, device: `d${Math.floor(random() * 12)}`, at };
        });
        // What is repeated was new in one of the last two files, so that it comes again within the span.
        const fresh = rows.filter(({ event_id }) => event_id.startsWith(`${file}-`));
        recent = [...last, ...fresh];
        last = fresh;
        for (const event of rows) distinct.set(event.event_id, event);
        folder.put(`events/${String(file).padStart(3, '0')}`, rows);
      }
      await disturb(engine, running, start, random);
      for (let i = 0; i < random() * 50; i++) await turn(undefined);
    }
    engine.faults = false;
    const expected = batch([...distinct.values()]);
    const found = () =>
      Object.fromEntries(
        engine.database.rows('gold_per_minute').map((each) => [Number(each.window_start), each.events]),
      );
    await until(() => Object.values(found()).reduce((sum: number, n) => sum + Number(n), 0) >= distinct.size);
    assert.deepEqual([found(), engine.database.late.length], [expected, 0]);
  } finally {
    await engine.stop();
  }
}

/** The windows as a batch computes them. */
function batch(all: readonly Event[]): Readonly<Record<string, number>> {
  const windows = Map.groupBy(all, ({ at }) => Math.floor(Date.parse(at) / MINUTE) * MINUTE);
  return Object.fromEntries([...windows].map(([begin, rows]) => [begin, rows.length]));
}

/** Instances come and go, and are taken for dead while they go on working. */
async function disturb(
  { cluster }: MemoryEngine,
  running: Readonly<Record<Layer, RunningFlow[]>>,
  start: (layer: Layer) => RunningFlow,
  random: () => number,
): Promise<void> {
  const layer = (['bronze', 'silver', 'gold'] as const)[Math.floor(random() * 3)]!;
  const dice = random();
  const all = running[layer];
  if (dice < 0.25 && all.length < 3) all.push(start(layer));
  else if (dice < 0.45 && all.length > 1) await all.shift()!.stop();
  else if (dice < 0.8) {
    const flow = { bronze: 'bronze_events', silver: 'silver_events', gold: 'gold' }[layer];
    const group = cluster.group(`${plan.name}.${flow}`);
    const victim = group.members[Math.floor(random() * group.members.length)];
    if (victim !== undefined) group.expel(victim);
  }
}

/** Whether it holds in time; what is wrong is said by who compares. */
async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 120_000; !holds() && Date.now() < deadline; ) await delay(2);
}

test('S4 S17 windows and duplicates over files are those of the batch, however files are found and whoever reads them', async () => {
  await fc.assert(fc.asyncProperty(fc.integer(), play), {
    numRuns: Number(process.env.INTEGRITY_RUNS ?? 10),
    endOnFailure: true,
  });
});
