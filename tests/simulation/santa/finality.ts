import { NEVER } from '@medallion/core';
import { endOf, type Look, type Scenario } from '@medallion/testkit';
import type { ClosedFor } from '../../oracle/gold.ts';
import { type Expected, placeOf, SILVER } from '../../oracle/santa-oracle.ts';
import type { FirstOf } from '../first-of.ts';

/** Partitions that were silent may count no more (W5): then what is final depends on when it was looked. */
export const mayBeIdle = ({ settings, records, faults }: Scenario): boolean =>
  settings.idleTimeoutMs < Math.max(...records.map(({ atMs }) => atMs), ...faults.map(endOf)) + 600_000;

/** What is stored of windows that were closed for a row: that is an input of the oracle, and judged by itself. */
export function closedBy({ database }: Look, silver: FirstOf): ClosedFor {
  const placeAt = new Map([...silver].map(([place, offset]) => [`${place.split(':')[0]}:${offset}`, place]));
  const closed = new Map(
    database.late.map((row) => [
      `${row.view} ${placeAt.get(`${row.partition}:${row.offset}`)} ${row.windowStart}`,
      row.watermark as number,
    ]),
  );
  return (view, place, start) => closed.get(`${view} ${placeOf(place)} ${start}`) ?? null;
}

/** What is final that must not be, or is not and must be (W3, W5). */
export const finalityDifferences = (expected: Expected, look: Look): readonly string[] =>
  mayBeIdle(look.scenario) ? lateWithoutReason(expected, look) : finalTooEarlyOrNever(expected, look);

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
function finalTooEarlyOrNever(expected: Expected, { database, isEnd }: Look): readonly string[] {
  const found = database.finalThrough.get(SILVER) ?? NEVER;
  const wanted = Math.max(expected.finalThrough, NEVER);
  return found > wanted || (isEnd && found !== wanted) ? [`final through ${found}, expected ${wanted}`] : [];
}
