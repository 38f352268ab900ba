export type { LayerParts, LayerSettings } from './layer-parts.ts';
export * from './ports/index.ts';
export { noProgress, type Progress } from './progress.ts';
export { Coordinates, coordinateOf, formatCoordinate, parseCoordinate, SRC } from './protocol/coordinates.ts';
export { fromTrace, HEADER } from './protocol/trace.ts';
export { runLayer } from './run-layer.ts';
export { type Condition, type RunningFlow, supervise } from './supervise.ts';
export { ensurePipelineTopics } from './topics.ts';
