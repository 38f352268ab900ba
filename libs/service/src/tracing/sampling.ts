import { assertNever } from '@medallion/core';
import type { TracingConfig } from './tracing-settings.ts';

/** The part of records without a context that are followed from here on, from 0 to 1. */
export function partOf(config: Pick<TracingConfig, 'OTEL_TRACES_SAMPLER' | 'OTEL_TRACES_SAMPLER_ARG'>): number {
  switch (config.OTEL_TRACES_SAMPLER) {
    case 'parentbased_always_on':
      return 1;
    case 'parentbased_always_off':
      return 0;
    case 'parentbased_traceidratio':
      return Number(config.OTEL_TRACES_SAMPLER_ARG);
    default:
      return assertNever(config.OTEL_TRACES_SAMPLER, 'sampler');
  }
}
