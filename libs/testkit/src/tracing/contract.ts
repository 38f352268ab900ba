import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpanStart, TraceContext, Tracer } from '@medallion/core';
import type { SeenSpan } from './memory-tracer.ts';

/** A tracer that follows every record, and what it has reported in the end: so many spans at least. */
export type TracerUnderTest = {
  readonly tracer: Tracer;
  readonly reported: (count: number) => Promise<readonly SeenSpan[]>;
};

const producer: TraceContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  sampled: true,
};
const start = (over: Partial<SpanStart> = {}): SpanStart => ({
  ...{ name: 'process raw', kind: 'consumer', parent: null, links: [], attributes: { 'messaging.system': 'kafka' } },
  ...over,
});

/** What every tracer does. */
export function tracerContract(name: string, open: () => Promise<TracerUnderTest>): void {
  test(`${name}: a span goes on from its parent, in its trace`, async () => {
    const { tracer, reported } = await open();
    const first = tracer.start(start({ parent: producer }));
    const second = tracer.start(start({ name: 'process bronze', parent: first.context }));
    second.end();
    first.end();
    const [b, a] = await reported(2);
    assert.deepEqual([a!.traceId, a!.parentId], [producer.traceId, producer.spanId]);
    assert.deepEqual([b!.traceId, b!.parentId], [producer.traceId, a!.spanId]);
    assert.deepEqual(first.context, { traceId: producer.traceId, spanId: a!.spanId, sampled: true });
    assert.notEqual(a!.spanId, b!.spanId);
  });

  test(`${name}: a span without a parent begins a trace of its own`, async () => {
    const { tracer, reported } = await open();
    const spans = [tracer.start(start()), tracer.start(start({ links: [producer] }))];
    for (const span of spans) span.end();
    const seen = await reported(2);
    assert.deepEqual(
      seen.map(({ parentId }) => parentId),
      [null, null],
    );
    assert.equal(new Set([producer.traceId, ...seen.map(({ traceId }) => traceId)]).size, 3);
    for (const { context } of spans) {
      assert.match(context.traceId, /^(?!0{32})[0-9a-f]{32}$/);
      assert.match(context.spanId, /^(?!0{16})[0-9a-f]{16}$/);
    }
  });

  test(`${name}: a span says its attributes, events and links, those included that it got later`, async () => {
    const { tracer, reported } = await open();
    const span = tracer.start(start({ kind: 'client', links: [producer] }));
    const other = tracer.start(start());
    span.set({ 'medallion.outcome': 'written', 'messaging.kafka.offset': 42 });
    span.event('medallion.refused', { 'medallion.rules': ['valid_status', 'valid_timestamp'] });
    span.link(other.context);
    span.end();
    const [seen] = await reported(1);
    const { traceId, spanId } = other.context;
    assert.deepEqual([seen!.name, seen!.kind, seen!.error], ['process raw', 'client', null]);
    assert.deepEqual(
      { ...seen!.attributes },
      {
        ...{ 'messaging.system': 'kafka', 'medallion.outcome': 'written', 'messaging.kafka.offset': 42 },
      },
    );
    assert.deepEqual(seen!.events, [
      { name: 'medallion.refused', attributes: { 'medallion.rules': ['valid_status', 'valid_timestamp'] } },
    ]);
    assert.deepEqual(seen!.links, [
      { traceId: producer.traceId, spanId: producer.spanId },
      { traceId, spanId },
    ]);
  });

  test(`${name}: what failed says its code, and what was never ended is not reported`, async () => {
    const { tracer, reported } = await open();
    tracer.start(start({ name: 'not ended' }));
    tracer.start(start({ name: 'failed' })).end('MED_EXPECTATION_FAILED');
    const seen = await reported(1);
    assert.deepEqual(
      seen.map((span) => [span.name, span.error]),
      [['failed', 'MED_EXPECTATION_FAILED']],
    );
  });

  test(`${name}: it follows what was followed before, and nothing that was not`, async () => {
    const { tracer } = await open();
    assert.equal(tracer.follows(producer), true);
    assert.equal(tracer.follows({ ...producer, sampled: false }), false);
    assert.equal(tracer.begins(), true);
  });
}
