import { createBusinessFeature } from './business/business-feature.ts';
import type { Feature, Parts } from './parts.ts';
import type { Audit } from './security/audit.ts';
import type { DashboardConfig } from './settings.ts';
import { createStatusFeature } from './status/status-feature.ts';

/** The parts of the API, in the order in which the OpenAPI page shows them. */
export const featuresOf = (parts: Parts, config: DashboardConfig, _audit: Audit): readonly Feature[] => [
  createBusinessFeature(parts),
  createStatusFeature(parts, { brokers: config.KAFKA_BROKERS, opsUrls: config.OPS_URLS }),
];
