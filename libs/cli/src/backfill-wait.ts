import { setTimeout as delay } from 'node:timers/promises';
import type { PipelinePlan } from '@medallion/pipeline';
import { lagBeside, type RecordLog, redrivenFlowsOf } from '@medallion/runtime';
import type { Surroundings } from './answer.ts';

const LOOK_MS = 500;
/** A flow that does not move for so long is taken for one that does not run: it is looked for every 10 s. */
const PATIENCE_MS = 30_000;

/** Waits until a flow beside a table's own has processed all that its topic holds; what is left when it does not move. */
export async function processed(
  log: RecordLog,
  plan: PipelinePlan,
  table: string,
  name: string,
  { signal, say, json }: Surroundings,
): Promise<number> {
  const target = plan.tables.find((each) => each.name === table);
  const beside =
    target === undefined ? undefined : redrivenFlowsOf(plan, target).find(({ flow }) => flow.name === name);
  if (beside === undefined) return 0;
  let left = await lagBeside(log, plan, beside);
  let moved = performance.now();
  if (left > 0 && !json) say(`${name} processes them; it looks every 10 s\n`);
  while (left > 0 && !signal.aborted && performance.now() - moved < PATIENCE_MS) {
    await delay(LOOK_MS, undefined, { signal }).catch(() => {});
    const now = await lagBeside(log, plan, beside);
    if (now !== left) moved = performance.now();
    left = now;
  }
  return left;
}
