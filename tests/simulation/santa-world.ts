import { instant, NEVER } from '@medallion/core';
import santa from '@medallion/santa-deliveries';
import { createGenerator, createPartitioner } from '@medallion/santa-generator';
import {
  type Chance,
  endOf,
  type InputRecord,
  type Look,
  type RecordsWanted,
  type Scenario,
  type Violation,
  type World,
} from '@medallion/testkit';
import type { ClosedFor } from '../oracle/gold.ts';
import type { RawRecord } from '../oracle/raw-delivery.ts';
import { BRONZE, type Expected, placeOf, SILVER, santaOracle } from '../oracle/santa-oracle.ts';
import { VIEWS, type ViewName } from '../oracle/views.ts';
import { diffTables } from '../support/diff.ts';
import { RAW_TOPIC } from '../support/raw-topic.ts';
import { BRONZE_QUARANTINE, BRONZE_TOPIC, SILVER_QUARANTINE, SILVER_TOPIC } from '../support/topology.ts';
import { type FirstOf, firstOf } from './first-of.ts';
import { quarantineDifferences } from './quarantine-rows.ts';

/** Event times lie so far before the run that no clock that jumps makes an honest one a future one. */
const BEFORE_MS = 4 * 3_600_000;

/** The whole Santa pipeline, with hostile deliveries. */
export const santaWorld: World = {
  name: 'santa-deliveries',
  plan: santa,
  inputs: [RAW_TOPIC],
  records,
  isSettled,
  check,
};

function records(chance: Chance, { count, partitions, withinMs, epochMs }: RecordsWanted): readonly InputRecord[] {
  const generator = createGenerator({
    seed: chance.whole(0, 2 ** 31),
    start: instant(epochMs - BEFORE_MS),
    ratePerSecond: chance.pick([0.05, 0.2, 1]),
    events: count,
    quality: chance.pick(['realistic', 'hostile', 'hostile'] as const),
    rates: { duplicate: 0.08, late: 0.05 },
  });
  const partitionOf = createPartitioner(partitions);
  // In bursts, so that rounds hold several; in their order, as each sleigh sends its own.
  const bursts = Array.from({ length: chance.whole(3, 12) }, () => chance.between(0, withinMs)).sort((a, b) => a - b);
  const generated = generator.nextBatch(count);
  // A sleigh without reception sends late what it has seen: its partition was idle, and windows were closed without it.
  const held = chance.happens(0.3) ? chance.whole(0, partitions - 1) : -1;
  const heldMs = chance.between(20_000, 90_000);
  return generated.map(({ key, value, kind }, i) => {
    const bytes = key === null ? null : Buffer.from(key);
    const partition = partitionOf(bytes);
    const atMs = bursts[Math.floor((i * bursts.length) / generated.length)]! + i * 0.01;
    return {
      atMs: partition === held ? atMs + heldMs : atMs,
      topic: RAW_TOPIC,
      partition,
      key: bytes,
      value,
      what: kind,
    };
  });
}

/** Whether the last windows are closed: gold looks at its next tick. */
function isSettled({ cluster, database, scenario, epochMs }: Look): boolean {
  if (mayBeIdle(scenario)) return true;
  const wanted = santaOracle(rawRecords(cluster), {
    partitions: scenario.partitions,
    ingestedAt: epochMs,
  }).finalThrough;
  return (database.finalThrough.get(SILVER) ?? NEVER) >= wanted;
}

/** What every raw record must have become, and what of it is below the leases. */
function check(look: Look): readonly Violation[] {
  const { cluster, database, scenario, epochMs } = look;
  const raw = rawRecords(cluster);
  if (cluster.topic(BRONZE_TOPIC) === undefined) return [];
  const next = new Map(database.leases.map((lease) => [`${lease.topic} ${lease.partition}`, lease.next]));
  const below = (topic: string, of: FirstOf): FirstOf =>
    new Map([...of].filter(([place, offset]) => offset < (next.get(`${topic} ${place.split(':')[0]}`) ?? 0)));

  const bronze = firstOf(cluster, BRONZE_TOPIC);
  const silver = firstOf(cluster, SILVER_TOPIC);
  const traces = { bronze: firstOf(cluster, BRONZE_QUARANTINE), silver: firstOf(cluster, SILVER_QUARANTINE) };
  const circumstances = { partitions: scenario.partitions, ingestedAt: epochMs };
  const all = santaOracle(raw, circumstances);
  const rawOf = new Map([...bronze].map(([place, offset]) => [`${place.split(':')[0]}:${offset}`, place]));
  const inRaw = (of: FirstOf): FirstOf =>
    new Map([...of].map(([place, offset]) => [rawOf.get(place) ?? `? ${place}`, offset]));

  const violations: Violation[] = [];
  const add = (invariant: string, lines: readonly string[]): void =>
    void violations.push(...lines.map((what) => ({ invariant, what })));
  add('P5 bronze rows', differences(all.bronze, bronze, look.isEnd));
  add('P5 silver rows', differences(all.silver, inRaw(silver), look.isEnd));
  const refused = (table: string) =>
    new Set(all.quarantine.filter((row) => row.table === table).map((row) => placeOf(row)));
  add('I4 bronze quarantine', differences(refused(BRONZE), traces.bronze, look.isEnd));
  add('I4 silver quarantine', differences(refused(SILVER), inRaw(traces.silver), look.isEnd));

  add('P4 checkpoint', [
    ...behindCheckpoint(look, RAW_TOPIC, BRONZE, firstOffsets(raw), [bronze, traces.bronze]),
    ...behindCheckpoint(look, BRONZE_TOPIC, SILVER, bronze, [silver, traces.silver]),
  ]);

  // Gold, as of its leases: the raw records up to the last one whose silver row it has.
  const stored = below(SILVER_TOPIC, silver);
  const counted = inRaw(stored);
  const last = new Map<string, number>();
  for (const place of counted.keys()) {
    const [partition, offset] = place.split(':');
    last.set(partition!, Math.max(last.get(partition!) ?? -1, Number(offset)));
  }
  const seen = raw.filter(({ partition, offset }) => offset <= (last.get(String(partition)) ?? -1));
  const isIdle = mayBeIdle(scenario);
  const closed = isIdle ? closedBy(look, inRaw(silver)) : undefined;
  const expected = santaOracle(seen, closed === undefined ? circumstances : { ...circumstances, closed });
  add('I2 gold', goldDifferences(expected, look));
  add('W3 W5 finality', isIdle ? lateWithoutReason(expected, look) : finalityDifferences(expected, look));
  const refusedBelow = {
    [BRONZE]: below(BRONZE_QUARANTINE, traces.bronze),
    [SILVER]: below(SILVER_QUARANTINE, traces.silver),
  };
  add('I4 quarantine', quarantineDifferences(look, refusedBelow));
  add(
    'I4 counts',
    countDifferences(expected, all, look, {
      [BRONZE]: [below(BRONZE_TOPIC, bronze), below(BRONZE_QUARANTINE, traces.bronze)],
      [SILVER]: [counted, inRaw(below(SILVER_QUARANTINE, traces.silver))],
    }),
  );
  return violations;
}

const rawRecords = (cluster: Look['cluster']): readonly RawRecord[] =>
  (cluster.topic(RAW_TOPIC) ?? []).flatMap((log, partition) =>
    log.archive.map(({ offset, key, value }): RawRecord => ({ partition, offset, key, value })),
  );

/** Rows that must not be there; and those that are missing, where all are expected. */
function differences(expected: ReadonlySet<string>, found: FirstOf, isEnd: boolean): readonly string[] {
  const lines = [...found.keys()].filter((place) => !expected.has(place)).map((place) => `${place} is not expected`);
  if (isEnd) for (const place of expected) if (!found.has(place)) lines.push(`${place} is missing`);
  return lines;
}

/** Of the records before a checkpoint, those that have left nothing: it was stored before they were acknowledged. */
function behindCheckpoint(
  { cluster }: Look,
  input: string,
  flow: string,
  given: FirstOf,
  made: readonly FirstOf[],
): readonly string[] {
  const { checkpoints } = cluster.group(`${santa.name}.${flow}`);
  return [...given].flatMap(([place, offset]) => {
    const [partition] = place.split(':');
    const here = `${partition}:${offset}`;
    const checkpoint = checkpoints.get(`${partition} ${input}`)?.offset ?? 0;
    if (offset >= checkpoint || made.some((of) => of.has(here))) return [];
    return [`${flow} is at ${checkpoint} of partition ${partition}, and of ${here} there is nothing`];
  });
}

const firstOffsets = (raw: readonly RawRecord[]): FirstOf =>
  new Map(raw.map((record) => [placeOf(record), record.offset]));

/** Partitions that were silent may count no more (W5): then what is final depends on when it was looked. */
const mayBeIdle = ({ settings, records, faults }: Scenario): boolean =>
  settings.idleTimeoutMs < Math.max(...records.map(({ atMs }) => atMs), ...faults.map(endOf)) + 600_000;

/** What is stored of windows that were closed for a row: that is an input of the oracle, and judged by itself. */
function closedBy({ database }: Look, silver: FirstOf): ClosedFor {
  const placeAt = new Map([...silver].map(([place, offset]) => [`${place.split(':')[0]}:${offset}`, place]));
  const closed = new Map(
    database.late.map((row) => [
      `${row.view} ${placeAt.get(`${row.partition}:${row.offset}`)} ${row.windowStart}`,
      row.watermark as number,
    ]),
  );
  return (view, place, start) => closed.get(`${view} ${placeOf(place)} ${start}`) ?? null;
}

/** A row is late by its partition's watermark or by what was final: no more than is final by now. */
function lateWithoutReason(expected: Expected, { database }: Look): readonly string[] {
  const final = database.finalThrough.get(SILVER) ?? NEVER;
  const greatest = Math.max(NEVER, ...expected.watermarks);
  const lines = expected.late.flatMap(({ view, place, windowEnd, watermark }) =>
    windowEnd <= watermark && watermark <= Math.max(final, expected.watermarks[place.partition]!)
      ? []
      : [`${view}: ${placeOf(place)} is late for the window that ends at ${windowEnd}, closed through ${watermark}`],
  );
  return final > greatest ? [...lines, `final through ${final}, and no watermark is beyond ${greatest}`] : lines;
}

/** Where no partition is idle: a row is final no earlier than its watermark says, and at the end exactly then. */
function finalityDifferences(expected: Expected, { database, isEnd }: Look): readonly string[] {
  const found = database.finalThrough.get(SILVER) ?? NEVER;
  const wanted = Math.max(expected.finalThrough, NEVER);
  return found > wanted || (isEnd && found !== wanted) ? [`final through ${found}, expected ${wanted}`] : [];
}

function goldDifferences(expected: Expected, { database }: Look): readonly string[] {
  const final = database.finalThrough.get(SILVER) ?? NEVER;
  const wantedRows = (name: ViewName, sizeMs: number) =>
    expected.gold.get(name)!.map((row) => ({ ...row, is_final: Number(row.window_start) + sizeMs <= final }));
  const lines: string[] = [];
  for (const { name, groupBy, sizeMs } of VIEWS)
    if (database.viewOf(name) !== null)
      lines.push(...diffTables(name, wantedRows(name, sizeMs), database.rows(name), ['window_start', ...groupBy]));
  const late = database.late.map(({ view, partition, windowStart, watermark, eventTime }) => ({
    view,
    partition,
    windowStart,
    watermark,
    eventTime,
  }));
  const wanted = expected.late.map(({ view, place, windowStart, watermark, eventTime }) => ({
    view,
    partition: place.partition,
    windowStart,
    watermark,
    eventTime,
  }));
  lines.push(...sortedDifferences('late rows', wanted, late));
  return lines;
}

type Found = Readonly<Record<string, readonly [rows: FirstOf, traces: FirstOf]>>;

/** Counts of what is below the leases, and the copy of bronze. */
function countDifferences(expected: Expected, all: Expected, { database }: Look, found: Found): readonly string[] {
  const wanted = new Map<string, number>();
  const add = (table: string, partition: number, outcome: string): void => {
    const key = `${table} ${partition} ${outcome}`;
    wanted.set(key, (wanted.get(key) ?? 0) + 1);
  };
  const outcomes = new Map(all.quarantine.map((row) => [`${row.table} ${placeOf(row)}`, row.outcome]));
  for (const [table, [rows, traces]] of Object.entries(found)) {
    for (const place of rows.keys()) add(table, Number(place.split(':')[0]), 'accepted');
    for (const place of traces.keys())
      add(table, Number(place.split(':')[0]), outcomes.get(`${table} ${place}`) ?? 'none');
  }
  for (const { table, partition, outcome, records } of expected.counts)
    if (table !== BRONZE && table !== SILVER) wanted.set(`${table} ${partition} ${outcome}`, records);
  const counts = new Map<string, number>(
    database.counts.flatMap((count) =>
      count.kind === 'records' ? [[`${count.table} ${count.partition} ${count.outcome}`, count.records] as const] : [],
    ),
  );
  const lines: string[] = [];
  for (const key of new Set([...wanted.keys(), ...counts.keys()]))
    if (wanted.get(key) !== counts.get(key))
      lines.push(`${key}: expected ${wanted.get(key) ?? 0}, found ${counts.get(key) ?? 0}`);
  const copied = database.copied(BRONZE).map((row) => `${row.source_partition}:${row.source_offset}`);
  lines.push(...sortedDifferences('copy of bronze', [...found[BRONZE]![0].keys()], copied));
  lines.push(...ruleDifferences(found[SILVER]!, all, database));
  return lines;
}

function ruleDifferences(
  [rows, traces]: readonly [FirstOf, FirstOf],
  all: Expected,
  database: Look['database'],
): readonly string[] {
  const broken = new Map(
    all.quarantine.filter(({ table }) => table === SILVER).map((row) => [placeOf(row), row.rules]),
  );
  const wanted = new Map<string, number>();
  const add = (key: string): void => void wanted.set(key, (wanted.get(key) ?? 0) + 1);
  for (const place of [...rows.keys(), ...traces.keys()]) {
    const partition = place.split(':')[0];
    add(`judged ${partition}`);
    for (const rule of broken.get(place) ?? []) add(`failed ${partition} ${rule}`);
  }
  return database.counts.flatMap((count) => {
    if (count.kind !== 'rule' || count.table !== SILVER) return [];
    const { partition, rule, judged, failed } = count;
    const expected = {
      judged: wanted.get(`judged ${partition}`) ?? 0,
      failed: wanted.get(`failed ${partition} ${rule}`) ?? 0,
    };
    return judged === expected.judged && failed === expected.failed
      ? []
      : [
          `rule ${rule}[${partition}]: expected ${JSON.stringify(expected)}, found ${JSON.stringify({ judged, failed })}`,
        ];
  });
}

function sortedDifferences(what: string, expected: readonly unknown[], found: readonly unknown[]): readonly string[] {
  const texts = (of: readonly unknown[]): string[] => of.map((each) => JSON.stringify(each)).sort();
  const [left, right] = [texts(expected), texts(found)];
  if (left.length === right.length && left.every((text, i) => text === right[i])) return [];
  const missing = left.filter((text) => !right.includes(text));
  const foreign = right.filter((text) => !left.includes(text));
  return [
    `${what}: ${right.length}, expected ${left.length}; missing ${missing.slice(0, 3).join(' ')}; not expected ${foreign.slice(0, 3).join(' ')}`,
  ];
}
