import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { isMedallionError } from '@medallion/core';
import fc from 'fast-check';
import { loadConfig } from '../config.ts';
import { parsePairs } from './pairs.ts';
import { endpointOf } from './start-tracing.ts';
import { tracingSettings } from './tracing-settings.ts';

const endpoint = (env: Readonly<Record<string, string>>) => endpointOf(loadConfig(tracingSettings, env));
const problems = (env: Readonly<Record<string, string>>): string => {
  try {
    loadConfig(tracingSettings, env);
  } catch (error) {
    assert.ok(isMedallionError(error));
    return error.message;
  }
  return '';
};

test('traces are on where an endpoint is set, and off where it is not or the SDK is disabled', () => {
  assert.equal(endpoint({}), null);
  assert.equal(endpoint({ OTEL_TRACES_SAMPLER: 'parentbased_always_on' }), null);
  const base = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
  assert.equal(endpoint(base), 'http://collector:4318/v1/traces');
  assert.equal(endpoint({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/otlp/' }), 'https://c/otlp/v1/traces');
  const own = { ...base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces/in' };
  assert.equal(endpoint(own), 'http://traces/in');
  assert.equal(endpoint({ ...own, OTEL_SDK_DISABLED: 'true' }), null);
});

test('settings that would be ignored, or lose every span, are problems at the start', () => {
  assert.match(problems({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }), /http\/protobuf/);
  assert.match(problems({ OTEL_TRACES_SAMPLER: 'always_on' }), /parentbased_always_on/);
  for (const arg of ['2', '-1', '1.5', '1e-3', 'half'])
    assert.match(problems({ OTEL_TRACES_SAMPLER_ARG: arg }), /from 0 to 1/, arg);
  for (const arg of ['0', '1', '0.25', '.5', '1.0']) assert.equal(problems({ OTEL_TRACES_SAMPLER_ARG: arg }), '', arg);
  const header = problems({ OTEL_EXPORTER_OTLP_HEADERS: 'topsecret' });
  assert.match(header, /OTEL_EXPORTER_OTLP_HEADERS/);
  assert.doesNotMatch(header, /topsecret/);
  assert.match(problems({ OTEL_RESOURCE_ATTRIBUTES: 'a=%zz' }), /OTEL_RESOURCE_ATTRIBUTES/);
});

test('lists of name=value come back as they were encoded, and nothing crashes them', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((text) => text.trim() === text && text.isWellFormed());
  const value = fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(fc.dictionary(name, value), (pairs) => {
      const text = Object.entries(pairs).map(([n, v]) => `${encodeURIComponent(n)}=${encodeURIComponent(v)}`);
      assert.deepEqual({ ...parsePairs(text.join(',')) }, { ...pairs });
    }),
  );
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parsePairs(text)));
});

// prom-client has an interface of OpenTelemetry's of its own, for exemplars.
test('no code of OpenTelemetry is loaded where traces are off, and it is where they are on', async () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    const isOurs = (from) => !from?.includes('prom-client') && !from?.includes('@opentelemetry');
    registerHooks({
      resolve(name, context, next) {
        if (name.startsWith('@opentelemetry/') && isOurs(context.parentURL)) loaded.push(name);
        return next(name, context);
      },
    });
    const { loadConfig, engineSettings, startTracing } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)});
    const settings = Object.fromEntries(Object.entries(engineSettings).filter(([name]) => name.startsWith('OTEL_')));
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const tracing = await startTracing(loadConfig(settings, process.env), { service: 's', version: '1', log });
    await tracing?.close();
    console.log(JSON.stringify({ on: tracing !== null, loaded: [...new Set(loaded)].sort() }));
    process.exit(0);`;
  const run = async (env: Readonly<Record<string, string>>) => {
    const args = ['--input-type=module', '--eval', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { PATH: process.env.PATH, ...env } });
    return JSON.parse(stdout) as { readonly on: boolean; readonly loaded: readonly string[] };
  };
  assert.deepEqual(await run({}), { on: false, loaded: [] });
  const on = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  const packages = ['api', 'exporter-trace-otlp-proto', 'resources', 'sdk-trace'];
  assert.deepEqual(on, { on: true, loaded: packages.map((name) => `@opentelemetry/${name}`) });
});
