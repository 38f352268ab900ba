/** Which span of which trace a record belongs to, as W3C's `traceparent` says it: identifiers in lower-case hex. */
export type TraceContext = {
  /** 32 digits, not all 0. */
  readonly traceId: string;
  /** 16 digits, not all 0. */
  readonly spanId: string;
  /** Whether its writer follows it. */
  readonly sampled: boolean;
};

/** What a span says: names and places, never payloads, keys or credentials. */
export type SpanAttributes = Readonly<Record<string, string | number | readonly string[]>>;

/** How a span begins. */
export type SpanStart = {
  readonly name: string;
  /** `consumer`: a record is processed; `client`: another service is asked. */
  readonly kind: 'consumer' | 'client';
  /** The span that it goes on from; null begins a trace. */
  readonly parent: TraceContext | null;
  /** Spans that it has to do with, of this trace or others. */
  readonly links: readonly TraceContext[];
  readonly attributes: SpanAttributes;
};

/** A piece of work on the way of a followed record, from its start until it is ended, once. */
export interface Span {
  /** What is written on to records that are made in it; always sampled. */
  readonly context: TraceContext;
  /** Adds what is known by now. */
  set(attributes: SpanAttributes): void;
  event(name: string, attributes: SpanAttributes): void;
  link(to: TraceContext): void;
  /** `error` is a code: the work failed. Without one, nothing is said of its fate but by attributes and events. */
  end(error?: string): void;
}

/**
 * Where the way of single records is reported. Absent from the parts of the engine unless somebody asks for traces. None of
 * its methods throws or waits: what cannot be reported is lost, and nothing else.
 */
export interface Tracer {
  /** Whether a record is to be followed that came with this context. */
  follows(parent: TraceContext): boolean;
  /** Whether to begin to follow a record that came with none; asked for each. */
  begins(): boolean;
  start(span: SpanStart): Span;
}
