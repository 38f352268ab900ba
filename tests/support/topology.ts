import { BRONZE, SILVER } from '../oracle/santa-oracle.ts';
import { PIPELINE } from './gold-snapshot.ts';
import { RAW_TOPIC } from './raw-topic.ts';

/** Names of topics and groups of the Santa pipeline, as design.md §5 has them. */
export const BRONZE_TOPIC = `${PIPELINE}.${BRONZE}`;
export const BRONZE_QUARANTINE = `${BRONZE_TOPIC}.quarantine`;
export const SILVER_TOPIC = `${PIPELINE}.${SILVER}`;
export const SILVER_QUARANTINE = `${SILVER_TOPIC}.quarantine`;

/** The topics that gold reads. */
export const GOLD_INPUTS = [BRONZE_TOPIC, BRONZE_QUARANTINE, SILVER_TOPIC, SILVER_QUARANTINE] as const;

/** The way of a record: which group reads which topic into which ones. */
export const FLOWS = [
  { group: `${PIPELINE}.${BRONZE}`, input: RAW_TOPIC },
  { group: `${PIPELINE}.${SILVER}`, input: BRONZE_TOPIC },
] as const;

export const GOLD_GROUP = `${PIPELINE}.gold`;
