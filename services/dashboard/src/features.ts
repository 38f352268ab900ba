import { kafkaAccess, registryAccess } from '@medallion/kafka';
import { OPERATOR_ROLE } from '@medallion/postgres';
import { createBusinessFeature } from './business/business-feature.ts';
import { createCatalogFeature } from './catalog/feature.ts';
import type { Feature, Parts } from './parts.ts';
import { createQualityFeature } from './quality/feature.ts';
import { planOf } from './quality/plan-of.ts';
import type { Audit } from './security/audit.ts';
import type { DashboardConfig } from './settings.ts';
import { createStatusFeature } from './status/status-feature.ts';

/** The parts of the API, in the order in which the OpenAPI page shows them. */
export function featuresOf(parts: Parts, config: DashboardConfig, audit: Audit): readonly Feature[] {
  const { KAFKA_BROKERS: brokers, SCHEMA_REGISTRY_URL: registryUrl, OPERATOR_DATABASE_URL: databaseUrl } = config;
  const kafka = kafkaAccess(process.env);
  const registry = registryUrl === undefined ? undefined : { url: registryUrl, ...registryAccess(process.env) };
  return [
    createBusinessFeature(parts),
    createStatusFeature(parts, { brokers, ...kafka, opsUrls: config.OPS_URLS }),
    createQualityFeature(parts, {
      redrives: { databaseUrl, role: OPERATOR_ROLE, brokers, ...kafka, registry, planOf, audit },
    }),
    createCatalogFeature(parts, { brokers, ...kafka, registry, planOf }),
  ];
}
