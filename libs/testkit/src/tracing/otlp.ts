import type { SpanAttributes } from '@medallion/core';
import type { SeenSpan } from './memory-tracer.ts';
import { protoFields } from './protobuf.ts';

/** Numbers of the fields in OpenTelemetry's trace.proto, common.proto and resource.proto. */
const RESOURCE_SPANS = 1;
const RESOURCE = { resource: 1, scopes: 2, attributes: 1 } as const;
const SCOPE = { spans: 2 } as const;
const SPAN = {
  trace: 1,
  id: 2,
  parent: 4,
  name: 5,
  kind: 6,
  attributes: 9,
  events: 11,
  links: 13,
  status: 15,
} as const;
const EVENT = { name: 2, attributes: 3 } as const;
const LINK = { trace: 1, id: 2 } as const;
const STATUS = { message: 2, code: 3 } as const;
const KINDS: Readonly<Record<string, SeenSpan['kind']>> = { 3: 'client', 5: 'consumer' };
const ERROR = 2n;

/** The spans of an `ExportTraceServiceRequest`, as OTLP sends it to `/v1/traces`. */
export function spansOf(request: Buffer): readonly SeenSpan[] {
  return messages(request, RESOURCE_SPANS).flatMap((resourceSpans) => {
    const resource = messages(resourceSpans, RESOURCE.resource)[0] ?? Buffer.alloc(0);
    const service = String(attributesIn(resource, RESOURCE.attributes)['service.name']);
    return messages(resourceSpans, RESOURCE.scopes).flatMap((scope) =>
      messages(scope, SCOPE.spans).map((span) => spanIn(span, service)),
    );
  });
}

function spanIn(span: Buffer, service: string): SeenSpan {
  const hex = (number: number): string => messages(span, number)[0]?.toString('hex') ?? '';
  const parent = hex(SPAN.parent);
  const status = messages(span, SPAN.status)[0] ?? Buffer.alloc(0);
  return {
    name: textIn(span, SPAN.name),
    kind: KINDS[String(numberIn(span, SPAN.kind))]!,
    traceId: hex(SPAN.trace),
    spanId: hex(SPAN.id),
    parentId: parent === '' ? null : parent,
    links: messages(span, SPAN.links).map((link) => ({
      traceId: messages(link, LINK.trace)[0]!.toString('hex'),
      spanId: messages(link, LINK.id)[0]!.toString('hex'),
    })),
    attributes: attributesIn(span, SPAN.attributes),
    events: messages(span, SPAN.events).map((event) => ({
      name: textIn(event, EVENT.name),
      attributes: attributesIn(event, EVENT.attributes),
    })),
    error: numberIn(status, STATUS.code) === ERROR ? textIn(status, STATUS.message) : null,
    service,
  };
}

const messages = (bytes: Buffer, number: number): readonly Buffer[] =>
  protoFields(bytes).flatMap((field) => (field.number === number && Buffer.isBuffer(field.value) ? [field.value] : []));

const textIn = (bytes: Buffer, number: number): string => messages(bytes, number)[0]?.toString('utf8') ?? '';

const numberIn = (bytes: Buffer, number: number): bigint =>
  protoFields(bytes).flatMap((field) =>
    field.number === number && typeof field.value === 'bigint' ? [field.value] : [],
  )[0] ?? 0n;

function attributesIn(bytes: Buffer, number: number): SpanAttributes {
  const attributes: Record<string, string | number | readonly string[]> = {};
  for (const pair of messages(bytes, number)) attributes[textIn(pair, 1)] = valueIn(messages(pair, 2)[0]!);
  return attributes;
}

/** Of an AnyValue: text, a whole number, a double or a list of texts. */
function valueIn(any: Buffer): string | number | readonly string[] {
  const field = protoFields(any)[0];
  if (field === undefined) return '';
  if (field.number === 1) return String(field.value);
  if (field.number === 3) return Number(field.value);
  if (field.number === 5) return messages(field.value as Buffer, 1).map((value) => String(valueIn(value)));
  throw new RangeError(`attribute of type ${field.number}`);
}
