import santa from '@medallion/santa-deliveries';
import type { Look } from '@medallion/testkit';
import { BRONZE, placeOf, SILVER } from '../../oracle/santa-oracle.ts';
import { RAW_TOPIC } from '../../support/raw-topic.ts';
import { BRONZE_TOPIC } from '../../support/topology.ts';
import type { FirstOf } from '../first-of.ts';
import type { Made, SantaLog } from './santa-log.ts';

/** Rows that must not be there; and those that are missing, where all are expected. */
export function placeDifferences(expected: ReadonlySet<string>, found: FirstOf, isEnd: boolean): readonly string[] {
  const lines = [...found.keys()].filter((place) => !expected.has(place)).map((place) => `${place} is not expected`);
  if (isEnd) for (const place of expected) if (!found.has(place)) lines.push(`${place} is missing`);
  return lines;
}

/** Of the records before the checkpoints of both flows, those that have left nothing. */
export function checkpointDifferences(look: Look, { raw, bronze, silver }: SantaLog): readonly string[] {
  const given = new Map(raw.map((record) => [placeOf(record), record.offset]));
  return [
    ...behindCheckpoint(look, RAW_TOPIC, BRONZE, given, bronze),
    ...behindCheckpoint(look, BRONZE_TOPIC, SILVER, bronze.rows, silver),
  ];
}

/** Of the records before a checkpoint, those that have left nothing: it was stored before they were acknowledged. */
function behindCheckpoint(
  { cluster }: Look,
  input: string,
  flow: string,
  given: FirstOf,
  { rows, traces }: Made,
): readonly string[] {
  const { checkpoints } = cluster.group(`${santa.name}.${flow}`);
  return [...given].flatMap(([place, offset]) => {
    const [partition] = place.split(':');
    const here = `${partition}:${offset}`;
    const checkpoint = checkpoints.get(`${partition} ${input}`)?.offset ?? 0;
    if (offset >= checkpoint || rows.has(here) || traces.has(here)) return [];
    return [`${flow} is at ${checkpoint} of partition ${partition}, and of ${here} there is nothing`];
  });
}
