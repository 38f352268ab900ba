import type { Config } from '../config.ts';
import { oneOf, type Parsed, type Setting, secret, string, url } from '../setting.ts';
import { parsePairs } from './pairs.ts';

/** A setting of OpenTelemetry's `name=value` lists. */
const pairs = (doc: string): Setting<string | undefined> => {
  const inner = string({ doc, allowed: 'name=value, several separated by commas, percent-encoded' });
  return {
    ...inner,
    parse: (text): Parsed<string | undefined> =>
      parsePairs(text) === null ? { ok: false, problem: 'it is no list of name=value' } : inner.parse(text),
  };
};

const SAMPLERS = ['parentbased_traceidratio', 'parentbased_always_on', 'parentbased_always_off'] as const;

/**
 * Traces, by OpenTelemetry's own variables. All samplers go by what came with a record first: one that was followed before
 * stays so, or its trace would end in the middle.
 */
export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url({
    doc: 'Turns on traces: where a collector takes OTLP over HTTP; `/v1/traces` is added. No traces when not set.',
    schemes: ['http', 'https'],
  }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url({
    doc: 'Turns on traces too: the whole address, used as it is, instead of OTEL_EXPORTER_OTLP_ENDPOINT.',
    schemes: ['http', 'https'],
  }),
  OTEL_EXPORTER_OTLP_HEADERS: secret(pairs('Headers that the collector wants, such as a key.')),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf(['http/protobuf'], {
    doc: 'How spans are sent; there is no other way, so an address that takes gRPC (port 4317) is refused here.',
    default: 'http/protobuf',
  }),
  OTEL_TRACES_SAMPLER: oneOf(SAMPLERS, {
    doc: 'Which records bronze-ingest begins to follow beside those that came with a sampled `traceparent`: a part, all, none.',
    default: 'parentbased_traceidratio',
  }),
  OTEL_TRACES_SAMPLER_ARG: string({
    doc: 'The part of records that parentbased_traceidratio begins to follow: 0.01 is one of a hundred.',
    pattern: /^(0|1|0?\.\d{1,12}|1\.0{1,12})$/,
    allowed: 'a number from 0 to 1',
    default: '0.01',
  }),
  OTEL_RESOURCE_ATTRIBUTES: pairs('What every span says of where it comes from: deployment.environment.name=prod,…'),
  OTEL_SERVICE_NAME: string({ doc: 'The name of the service in traces; its own when not set.' }),
  OTEL_SDK_DISABLED: oneOf(['true', 'false'], {
    doc: '`true` turns traces off, whatever else is set.',
    default: 'false',
  }),
} as const;

/** The values of these settings. */
export type TracingConfig = Config<typeof tracingSettings>;
