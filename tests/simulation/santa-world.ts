import { NEVER } from '@medallion/core';
import santa from '@medallion/santa-deliveries';
import type { Look, Violation, World } from '@medallion/testkit';
import type { RawRecord } from '../oracle/raw-delivery.ts';
import { BRONZE, type Expected, placeOf, SILVER, santaOracle } from '../oracle/santa-oracle.ts';
import { RAW_TOPIC } from '../support/raw-topic.ts';
import type { FirstOf } from './first-of.ts';
import { placeDifferences } from './place-differences.ts';
import { quarantineDifferences } from './quarantine-rows.ts';
import { countDifferences } from './santa/counts.ts';
import { closedBy, finalityDifferences, mayBeIdle } from './santa/finality.ts';
import { goldDifferences, refusedDifferences } from './santa/gold.ts';
import { checkpointDifferences } from './santa/log-differences.ts';
import { records } from './santa/records.ts';
import { belowLeases, partitionOf, rawRecords, readSantaLog, type SantaLog } from './santa/santa-log.ts';

/** The whole Santa pipeline, with hostile deliveries. */
export const santaWorld: World = {
  name: 'santa-deliveries',
  plan: santa,
  inputs: [RAW_TOPIC],
  records,
  isSettled,
  check,
};

/** Whether the last windows are closed: gold looks at its next tick. */
function isSettled({ cluster, database, scenario, epochMs }: Look): boolean {
  if (mayBeIdle(scenario)) return true;
  const wanted = santaOracle(rawRecords(cluster), {
    partitions: scenario.partitions,
    ingestedAt: epochMs,
  }).finalThrough;
  return (database.finalThrough.get(SILVER) ?? NEVER) >= wanted;
}

type Add = (invariant: string, lines: readonly string[]) => void;

function check(look: Look): readonly Violation[] {
  const log = readSantaLog(look.cluster);
  if (log === null) return [];
  const violations: Violation[] = [];
  const add: Add = (invariant, lines) => void violations.push(...lines.map((what) => ({ invariant, what })));
  const all = santaOracle(log.raw, circumstancesOf(look));
  checkLog(look, log, all, add);
  checkGold(look, log, all, add);
  return violations;
}

const circumstancesOf = ({ scenario, epochMs }: Look) => ({ partitions: scenario.partitions, ingestedAt: epochMs });

/** What every raw record must have become. */
function checkLog(look: Look, log: SantaLog, all: Expected, add: Add): void {
  const { bronze, silver, inRaw } = log;
  const refused = (table: string): ReadonlySet<string> =>
    new Set(all.quarantine.filter((row) => row.table === table).map((row) => placeOf(row)));
  add('P5 bronze rows', placeDifferences(all.bronze, bronze.rows, look.isEnd));
  add('P5 silver rows', placeDifferences(all.silver, inRaw(silver.rows), look.isEnd));
  add('I4 bronze quarantine', placeDifferences(refused(BRONZE), bronze.traces, look.isEnd));
  add('I4 silver quarantine', placeDifferences(refused(SILVER), inRaw(silver.traces), look.isEnd));
  add('P4 checkpoint', checkpointDifferences(look, log));
}

/** What gold must hold, by its leases. */
function checkGold(look: Look, log: SantaLog, all: Expected, add: Add): void {
  const { bronze, silver } = belowLeases(log, look);
  const counted = log.inRaw(silver.rows);
  const closed = mayBeIdle(look.scenario) ? { closed: closedBy(look, log.inRaw(log.silver.rows)) } : {};
  const expected = santaOracle(upToLast(log.raw, counted), { ...circumstancesOf(look), ...closed });
  add('I2 gold', goldDifferences(expected, look));
  add('W3 W5 finality', finalityDifferences(expected, look));
  add('I4 quarantine', quarantineDifferences(look, { [BRONZE]: bronze.traces, [SILVER]: silver.traces }));
  add('G3 refused rows', refusedDifferences(expected, counted, look));
  const made = { [BRONZE]: bronze, [SILVER]: { rows: counted, traces: log.inRaw(silver.traces) } };
  add('I4 counts', countDifferences(expected, all, look, made));
}

/** The raw records of each partition up to the last one of these. */
function upToLast(raw: readonly RawRecord[], these: FirstOf): readonly RawRecord[] {
  const last = new Map<number, number>();
  for (const place of these.keys()) {
    const offset = Number(place.split(':')[1]);
    last.set(partitionOf(place), Math.max(last.get(partitionOf(place)) ?? -1, offset));
  }
  return raw.filter(({ partition, offset }) => offset <= (last.get(partition) ?? -1));
}
