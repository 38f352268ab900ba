export { DATA_SET } from './data-set.ts';
export { land, withRun } from './landing.ts';
export type { LandedFile, Scenario, ScenarioOptions, Step, TopicRecord } from './scenario.ts';
export { INPUTS, type PipelineInput } from './scenarios/index.ts';
export { type TopicSink, topicSink } from './topic-sink.ts';
