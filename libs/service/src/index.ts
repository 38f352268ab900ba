export { kafkaAccessSettings, registryAccessSettings } from './access-settings.ts';
export { type Config, type Environment, loadConfig, showConfig } from './config.ts';
export { RATE_WINDOW_MS, Rate } from './counter-rate.ts';
export {
  type Check,
  failedCheck,
  type Health,
  type HealthReport,
  type HealthState,
  type Trouble,
  troubleOf,
} from './health.ts';
export type { Running } from './lifecycle.ts';
export { createLogger, type LogLevel, type ServiceLog } from './logger.ts';
export { maskCredentials } from './mask.ts';
export { createMetrics, type DeclaredMetric, declaredMetrics, type ServiceMetrics } from './metrics.ts';
export type { OwnMetric } from './own-metric.ts';
export { PROBLEM_TYPE, type Problem, problem, problemOf } from './problem.ts';
export type { Progress, WorkProgress } from './progress.ts';
export { parsePrometheus, type Sample } from './prometheus-text.ts';
export { runService, type Service, type ServiceContext } from './run-service.ts';
export { type ServedProgram, serveProgram } from './serve-program.ts';
export {
  dashedName,
  durationMs,
  hostPort,
  type Item,
  integer,
  list,
  oneOf,
  type Setting,
  type Settings,
  secret,
  string,
  url,
} from './setting.ts';
export { settingsDoc } from './settings-doc.ts';
export {
  allSettings,
  engineSettings,
  fileSettings,
  serviceSettings,
  storeSettings,
  toolVariables,
} from './standard-settings.ts';
export { startTracing, type TracedService, type Tracing } from './tracing/start-tracing.ts';
