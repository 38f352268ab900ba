export { loadPipeline, pipelineNames } from './load-pipeline.ts';
export { runLayerService } from './run-layer-service.ts';
