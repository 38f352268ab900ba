import { userInfo } from 'node:os';
import { MedallionError } from '@medallion/core';
import { loadPipeline } from '@medallion/host';
import { createRedriveStore } from '@medallion/postgres';
import { MAX_CHOSEN, type Redriven, redrive } from '@medallion/runtime';
import { type Answer, fine, type Surroundings } from '../answer.ts';
import { databaseUrlOf, withLog } from '../connect.ts';
import { rehearsed } from '../redrive-rehearsal.ts';

type Flag = string | boolean | undefined;
type Flags = { readonly where?: Flag; readonly table?: Flag; readonly dryRun?: Flag; readonly by?: Flag };

/**
 * `medallion quarantine redrive`: has refused records processed again by the flow that refused them. Each record is
 * redriven once, however often this runs; `--dry-run` judges them by the plan as it is now, and writes nothing.
 */
export async function quarantineRedrive(
  [name]: readonly string[],
  { where, table, dryRun, by }: Flags,
  around: Surroundings,
): Promise<Answer> {
  const plan = await loadPipeline(name as string);
  if (typeof table === 'string' && !plan.tables.some((each) => each.name === table)) {
    const problems = `--table: ${plan.name} has no table "${table}"`;
    throw new MedallionError('MED_CONFIG_INVALID', { problems });
  }
  const store = createRedriveStore({
    databaseUrl: databaseUrlOf(around),
    pipeline: plan.name,
    ...(typeof where === 'string' ? { where } : {}),
    ...(typeof table === 'string' ? { table } : {}),
  });
  try {
    if (dryRun === true) return await rehearsed(plan, store, around);
    const done = await withLog(around, (log) =>
      redrive(log, plan, store, {
        by: typeof by === 'string' ? by : userInfo().username,
      }),
    );
    return fine(done, lines(done));
  } finally {
    await store.close();
  }
}

function lines({ chosen, more, flows, left, sent }: Redriven): readonly string[] {
  const records = (n: number): string => (n === 1 ? '1 record' : `${n} records`);
  const redriven = flows.reduce((sum, flow) => sum + flow.records, 0);
  return [
    `${records(chosen)} in quarantine match`,
    ...flows.map((flow) => `  ${flow.flow}: ${records(flow.records)} went to ${flow.topic}`),
    ...left.map(({ why, records: n }) => `  left: ${records(n)}, ${why}`),
    ...(sent > redriven ? [`  ${records(sent - redriven)} of an earlier redrive that had not ended went too`] : []),
    ...(more ? [`  there are more: one redrive takes ${MAX_CHOSEN}; run it again`] : []),
    ...(sent === 0 ? [] : ['Their flows process them within seconds.']),
  ];
}
