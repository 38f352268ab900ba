import type { Look } from '@medallion/testkit';
import { BRONZE, placeOf, SILVER } from '../../oracle/santa-oracle.ts';
import { behindCheckpoint } from '../behind-checkpoint.ts';
import { partitionOf, type SantaLog } from './santa-log.ts';

/** Of the records before the checkpoints of both flows, those that have left nothing. */
export function checkpointDifferences(look: Look, { raw, bronze, silver }: SantaLog): readonly string[] {
  const table = (name: string) => look.plan.tables.find((each) => each.name === name)!;
  const inBronze = [...bronze.rows].map(([place, offset]) => `${partitionOf(place)}:${offset}`);
  return [
    ...behindCheckpoint(look, table(BRONZE), raw.map(placeOf), [bronze.rows, bronze.traces]),
    ...behindCheckpoint(look, table(SILVER), inBronze, [silver.rows, silver.traces]),
  ];
}
