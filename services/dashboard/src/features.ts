import type { Feature, Parts } from './parts.ts';

/** The parts of the API, in the order in which the OpenAPI page shows them. */
export const featuresOf = (_parts: Parts): readonly Feature[] => [];
