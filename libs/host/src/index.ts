export { loadPipeline, pipelineNames } from './load-pipeline.ts';
export { type PlanOf, runLayerService } from './run-layer-service.ts';
