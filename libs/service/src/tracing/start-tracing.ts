import type { Log, Tracer } from '@medallion/core';
import type { TracingConfig } from './tracing-settings.ts';

/** Traces that are reported, and their end. */
export type Tracing = {
  readonly tracer: Tracer;
  /** Sends what is there; resolves in bounded time, also when nobody takes it. */
  close(): Promise<void>;
};

/** Who reports. */
export type TracedService = { readonly service: string; readonly version?: string; readonly log: Log };

/**
 * Starts to report traces where the settings say so; null where they do not: then not even OpenTelemetry's code is loaded.
 *
 * @example const tracing = await startTracing(config, { service: 'bronze-ingest', version: '0.1.0', log })
 */
export async function startTracing(config: TracingConfig, of: TracedService): Promise<Tracing | null> {
  const url = endpointOf(config);
  if (url === null) return null;
  const { openTracing } = await import('./otel-tracer.ts');
  return openTracing(url, config, of);
}

/** Where spans go; null for nowhere. */
export function endpointOf(
  config: Pick<
    TracingConfig,
    'OTEL_SDK_DISABLED' | 'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'
  >,
): string | null {
  if (config.OTEL_SDK_DISABLED === 'true') return null;
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces, OTEL_EXPORTER_OTLP_ENDPOINT: all } = config;
  return traces ?? (all === undefined ? null : `${all.replace(/\/+$/, '')}/v1/traces`);
}
