export { ManualClock } from './manual-clock.ts';
export type { RuleCounts } from './rule-counts.ts';
export {
  type Given,
  type GivenOptions,
  TestPipeline,
  type TestPipelineOptions,
  testPipeline,
} from './test-pipeline.ts';
