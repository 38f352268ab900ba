import { setTimeout as delay } from 'node:timers/promises';
import { silentLog, systemClock } from '@medallion/core';
import { localAddresses } from '@medallion/devstack';
import { createRegistryCodecs } from '@medallion/kafka';
import type { PipelinePlan } from '@medallion/pipeline';
import {
  addJudged,
  choose,
  type JudgedAgain,
  type JudgedFlow,
  judgeAgain,
  type Redriven,
  type RedriveStore,
  redrive,
} from '@medallion/runtime';
import { type Answer, fine, type Surroundings } from './answer.ts';
import { withLog } from './connect.ts';

/** Records that are shown one by one, of each kind of change. */
const SHOWN = 10;

/** What a redrive would do, and what the flows would make of the records: by row, before and after. */
export async function rehearsed(plan: PipelinePlan, store: RedriveStore, around: Surroundings): Promise<Answer> {
  return withLog(around, async (log) => {
    const would = await redrive(log, plan, store, { by: '', dryRun: true });
    const { chosen, claims } = await choose(plan, store);
    const codecs = createRegistryCodecs({ url: localAddresses(around.env).schemaRegistryUrl });
    const sleep = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }).catch(() => {});
    const parts = { plan, log, codecs, logger: silentLog, clock: systemClock, sleep };
    const flows = new Map<string, JudgedFlow>();
    const rows: ReturnType<typeof difference>[] = [];
    const shown = new Map<string, number>();
    for await (const judged of judgeAgain(parts, store, chosen, claims)) {
      addJudged(flows, judged);
      const row = difference(judged);
      const same = `${row.before} ${row.after}`;
      const n = (shown.get(same) ?? 0) + 1;
      shown.set(same, n);
      if (n <= SHOWN) rows.push(row);
    }
    const judged = [...flows.values()];
    return fine({ ...would, judged, rows }, lines(would, judged, rows));
  });
}

/** A row of the quarantine as it is, and as it would be. */
function difference({ place, before, after }: JudgedAgain) {
  const { table, topic, partition, offset, index } = place;
  const refused = after.refused.map(({ outcome, violations, reason }) =>
    violations.length === 0
      ? `${outcome} (${reason})`
      : `${outcome}: ${violations.map(({ expectation }) => expectation).join(', ')}`,
  );
  const kept = after.rows.length === 0 ? [] : [after.rows.length === 1 ? 'kept' : `${after.rows.length} rows kept`];
  return {
    table,
    place: `${topic}:${partition}:${offset}${index === 0 ? '' : ` row ${index}`}`,
    before: before.rules.length === 0 ? before.outcome : `${before.outcome}: ${before.rules.join(', ')}`,
    after:
      after.stopped !== null
        ? `stops the flow: ${after.stopped}`
        : [...kept, ...refused].join('; ') || 'left out (where)',
    row: after.rows[0] ?? null,
  };
}

function lines(
  { chosen, more, left }: Redriven,
  judged: readonly JudgedFlow[],
  rows: readonly ReturnType<typeof difference>[],
): readonly string[] {
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
