import type { Span, SpanStart, TraceContext } from '@medallion/core';
import {
  diag,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { complaining, complaints } from './complaints.ts';
import { parsePairs } from './pairs.ts';
import { partOf } from './sampling.ts';
import type { TracedService, Tracing } from './start-tracing.ts';
import type { TracingConfig } from './tracing-settings.ts';

/** Spans that wait to be sent; more are lost rather than held. */
const MAX_WAITING = 8_192;
const MAX_SENT_AT_ONCE = 512;
const SEND_EVERY_MS = 2_000;
const SEND_TIMEOUT_MS = 5_000;
/** A stop does not wait longer for a collector that is away. */
const CLOSE_TIMEOUT_MS = 3_000;

/** Reports to a collector at `url`, in the background. */
export function openTracing(url: string, config: TracingConfig, { service, version, log }: TracedService): Tracing {
  const say = complaints(log);
  diag.setLogger({ error: say, warn: say, info() {}, debug() {}, verbose() {} }, { suppressOverrideMessage: true });
  const headers = pairsOf(config.OTEL_EXPORTER_OTLP_HEADERS);
  const exporter = complaining(new OTLPTraceExporter({ url, headers, timeoutMillis: SEND_TIMEOUT_MS }), say);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': config.OTEL_SERVICE_NAME ?? service,
      ...(version === undefined ? {} : { 'service.version': version }),
      ...pairsOf(config.OTEL_RESOURCE_ATTRIBUTES),
      ...(config.OTEL_SERVICE_NAME === undefined ? {} : { 'service.name': config.OTEL_SERVICE_NAME }),
    }),
    // Whether to follow a record is decided before a span is made: one that nobody wants would cost nearly as much.
    sampler: new AlwaysOnSampler(),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: MAX_WAITING,
        maxExportBatchSize: MAX_SENT_AT_ONCE,
        scheduledDelayMillis: SEND_EVERY_MS,
        exportTimeoutMillis: SEND_TIMEOUT_MS,
      }),
    ],
  });
  const otel = provider.getTracer('medallion', version);
  const part = partOf(config);
  return {
    tracer: {
      follows: ({ sampled }) => sampled,
      begins: () => part > 0 && (part >= 1 || Math.random() < part),
      start: (span) =>
        new ReportedSpan(
          otel.startSpan(span.name, optionsOf(span), span.parent === null ? ROOT_CONTEXT : within(span.parent)),
        ),
    },
    async close() {
      const timeout = AbortSignal.timeout(CLOSE_TIMEOUT_MS);
      const late = new Promise<void>((resolve) => timeout.addEventListener('abort', () => resolve(), { once: true }));
      await Promise.race([provider.shutdown().catch(() => {}), late]);
    },
  };
}

const KINDS = { consumer: SpanKind.CONSUMER, client: SpanKind.CLIENT } as const;

const optionsOf = ({ kind, links, attributes }: SpanStart) => ({
  kind: KINDS[kind],
  links: links.map((context) => ({ context: spanContext(context) })),
  attributes: mutable(attributes),
});

const spanContext = ({ traceId, spanId, sampled }: TraceContext): SpanContext => ({
  traceId,
  spanId,
  traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  isRemote: true,
});

const within = (parent: TraceContext) => trace.setSpanContext(ROOT_CONTEXT, spanContext(parent));

/** The SDK's attributes are arrays that it might change, as their type says. */
const mutable = (attributes: SpanStart['attributes']): Record<string, string | number | string[]> =>
  attributes as Record<string, string | number | string[]>;

class ReportedSpan implements Span {
  readonly context: TraceContext;
  readonly #span: OtelSpan;

  constructor(span: OtelSpan) {
    const { traceId, spanId } = span.spanContext();
    this.#span = span;
    this.context = { traceId, spanId, sampled: true };
  }

  set(attributes: SpanStart['attributes']): void {
    this.#span.setAttributes(mutable(attributes));
  }

  event(name: string, attributes: SpanStart['attributes']): void {
    this.#span.addEvent(name, mutable(attributes));
  }

  link(to: TraceContext): void {
    this.#span.addLink({ context: spanContext(to) });
  }

  end(error?: string): void {
    if (error !== undefined) {
      this.#span.setAttribute('error.type', error);
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message: error });
    }
    this.#span.end();
  }
}

const pairsOf = (text: string | undefined): Readonly<Record<string, string>> =>
  text === undefined ? {} : (parsePairs(text) ?? {});
