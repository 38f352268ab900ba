import type { World } from '@medallion/testkit';
import { lakeflowWorld } from './lakeflow/lakeflow-world.ts';
import { ordersWorld } from './orders/orders-world.ts';
import { santaWorld } from './santa-world.ts';

/** The pipelines that can be simulated. */
export const WORLDS: readonly World[] = [santaWorld, lakeflowWorld, ordersWorld];

/** @throws Error that names those that there are */
export function worldOf(name: string): World {
  const found = WORLDS.find((world) => world.name === name);
  if (found === undefined)
    throw new Error(`no pipeline ${name} can be simulated; there are ${WORLDS.map((world) => world.name).join(', ')}`);
  return found;
}
