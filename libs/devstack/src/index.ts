export {
  type External,
  externalFrom,
  type ProgressEvent,
  type ServiceName,
  type StackOptions,
  type StackPorts,
  type Stage,
} from './options.ts';
export { progressLine } from './progress.ts';
export type { Service } from './service.ts';
export { type Stack, startStack } from './stack.ts';
export { type TestStack, testStack } from './test-stack.ts';
