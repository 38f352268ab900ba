export { filesAt } from './engine-parts.ts';
export { loadPipeline, pipelineNames } from './load-pipeline.ts';
export { type RunInProcess, runInProcess } from './run-in-process.ts';
export { type PlanOf, runLayerService } from './run-layer-service.ts';
