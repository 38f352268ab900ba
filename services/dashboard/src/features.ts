import type { Feature, Parts } from './parts.ts';
import type { DashboardConfig } from './settings.ts';

/** The parts of the API, in the order in which the OpenAPI page shows them. */
export const featuresOf = (_parts: Parts, _config: DashboardConfig): readonly Feature[] => [];
