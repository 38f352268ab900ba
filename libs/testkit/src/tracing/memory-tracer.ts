import type { Span, SpanAttributes, SpanStart, TraceContext, Tracer } from '@medallion/core';

/** A span as whoever looks at traces sees it. */
export type SeenSpan = {
  readonly name: string;
  readonly kind: SpanStart['kind'];
  readonly traceId: string;
  readonly spanId: string;
  /** The span that it went on from; null for the first of a trace. */
  readonly parentId: string | null;
  readonly links: readonly Omit<TraceContext, 'sampled'>[];
  readonly attributes: SpanAttributes;
  readonly events: readonly { readonly name: string; readonly attributes: SpanAttributes }[];
  /** The code of what failed. */
  readonly error: string | null;
  /** The service that reported it. */
  readonly service: string;
};

/** A tracer that keeps what was reported. */
export class MemoryTracer implements Tracer {
  /** In the order in which they ended. */
  readonly spans: SeenSpan[] = [];
  readonly #begins: (nth: number) => boolean;
  #asked = 0;
  #made = 0;

  /** `begins`: whether the nth record that came without a context is followed; none is by default. */
  constructor(begins: (nth: number) => boolean = () => false) {
    this.#begins = begins;
  }

  follows({ sampled }: TraceContext): boolean {
    return sampled;
  }

  begins(): boolean {
    return this.#begins(this.#asked++);
  }

  start({ name, kind, parent, links, attributes }: SpanStart): Span {
    const context = { traceId: parent?.traceId ?? this.#id(32), spanId: this.#id(16), sampled: true };
    const seen = {
      ...{ name, kind, traceId: context.traceId, spanId: context.spanId, parentId: parent?.spanId ?? null },
      links: links.map(({ traceId, spanId }) => ({ traceId, spanId })),
      attributes: { ...attributes },
      events: [] as { name: string; attributes: SpanAttributes }[],
      error: null as string | null,
      service: 'memory',
    };
    let ended = false;
    return {
      context,
      set: (more) => void Object.assign(seen.attributes, more),
      event: (of, about) => void seen.events.push({ name: of, attributes: { ...about } }),
      link: ({ traceId, spanId }) => void seen.links.push({ traceId, spanId }),
      end: (error) => {
        if (ended) throw new Error(`invariant violated: ${name} was ended twice`);
        ended = true;
        seen.error = error ?? null;
        this.spans.push(seen);
      },
    };
  }

  #id(digits: number): string {
    return (++this.#made).toString(16).padStart(digits, '0');
  }
}
