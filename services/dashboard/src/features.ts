import type { Feature, Parts } from './parts.ts';
import type { DashboardConfig } from './settings.ts';
import { createStatusFeature } from './status/status-feature.ts';

/** The parts of the API, in the order in which the OpenAPI page shows them. */
export const featuresOf = (parts: Parts, config: DashboardConfig): readonly Feature[] => [
  createStatusFeature(parts, { brokers: config.KAFKA_BROKERS, opsUrls: config.OPS_URLS }),
];
