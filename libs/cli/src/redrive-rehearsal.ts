import { setTimeout as delay } from 'node:timers/promises';
import { silentLog, systemClock } from '@medallion/core';
import { createRegistryCodecs } from '@medallion/kafka';
import type { PipelinePlan } from '@medallion/pipeline';
import { type RedriveStore, type Rehearsed, type RehearsedRow, rehearseRedrive } from '@medallion/runtime';
import { type Answer, fine, type Surroundings } from './answer.ts';
import { registryOf, withLog } from './connect.ts';

/** Records that are shown one by one, of each kind of change. */
const SHOWN = 10;

/** What a redrive would do, and what the flows would make of the records: by row, before and after. */
export async function rehearsed(plan: PipelinePlan, store: RedriveStore, around: Surroundings): Promise<Answer> {
  return withLog(around, async (log) => {
    const codecs = createRegistryCodecs(registryOf(around));
    const sleep = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }).catch(() => {});
    const parts = { plan, log, codecs, logger: silentLog, clock: systemClock, sleep };
    const would = await rehearseRedrive(parts, store, { rows: Number.POSITIVE_INFINITY, ofAKind: SHOWN });
    const rows = would.rows.map(listed);
    return fine({ ...would, rows }, lines(would, rows));
  });
}

type Listed = Omit<RehearsedRow, 'place'> & { readonly table: string; readonly place: string };

function listed({ place: { table, topic, partition, offset, index }, before, after, row }: RehearsedRow): Listed {
  const place = `${topic}:${partition}:${offset}${index === 0 ? '' : ` row ${index}`}`;
  return { table, place, before, after, row };
}

function lines({ chosen, more, left, judged }: Rehearsed, rows: readonly Listed[]): readonly string[] {
  const records = (n: number): string => (n === 1 ? '1 record' : `${n} records`);
  return [
    `${records(chosen)} in quarantine match; judged by the plan as it is now, nothing is written`,
    ...judged.flatMap(({ flow, records: n, kept, refused, rules, filtered, stops }) => [
      `  ${flow}: of ${records(n)} ${kept} would be kept${filtered === 0 ? '' : `, ${filtered} left out by a condition`}`,
      ...Object.entries(refused).map(([outcome, count]) => `    ${count} ${outcome} again`),
      ...Object.entries(rules).map(([rule, count]) => `    ${count} would break ${rule}`),
      ...(stops === 0 ? [] : [`    ${stops} would stop the flow (expectOrFail)`]),
    ]),
    ...left.map(({ why, records: n }) => `  left: ${records(n)}, ${why}`),
    ...(more ? ['  there are more than one redrive takes'] : []),
    ...rows.map(({ place, before, after }) => `  ${place}  ${before}  →  ${after}`),
  ];
}
