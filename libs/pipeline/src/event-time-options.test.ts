import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DurationMs, isMedallionError, minutes } from '@medallion/core';
import { row, string } from '@medallion/schema';
import { describe, isoInstant, json, materializedView, pipeline, streamingTable, topic, tumbling } from './index.ts';

const Click = row('Click', { user: string(), at: string() });

function declared(closeWhenSilentFor?: DurationMs) {
  const clicks = streamingTable('clicks')
    .from(topic('raw', { format: json(Click), key: 'user' }))
    .expectOrQuarantine('valid_time', 'at', isoInstant)
    .eventTime('at', {
      watermarkDelay: minutes(5),
      ...(closeWhenSilentFor === undefined ? {} : { closeWhenSilentFor }),
    });
  const perHour = materializedView('per_hour')
    .from(clicks)
    .windowedBy(tumbling(minutes(60)))
    .aggregate((a) => ({ clicks: a.count() }));
  return pipeline('web', { tables: [clicks, perHour] });
}

test('closing by the clock is a matter of the table and its views, not of its flows, and is described', () => {
  const plan = declared(minutes(15));
  const [clicks, perHour] = plan.tables;
  assert.ok(clicks?.kind === 'streaming_table' && perHour?.kind === 'materialized_view');
  assert.equal(clicks.eventTime?.closeWhenSilentMs, minutes(15));
  assert.equal(perHour.eventTime.closeWhenSilentMs, minutes(15));
  const step = clicks.flows[0]!.steps.find(({ kind }) => kind === 'event_time');
  assert.ok(step !== undefined && !('closeWhenSilentMs' in step));
  assert.match(describe(plan), /closed by the clock 15 min behind when silent/);
  assert.doesNotMatch(describe(declared()), /clock/);
});

test('silence may not close windows sooner than rows do', () => {
  assert.throws(
    () => declared(minutes(4)),
    (error) => isMedallionError(error) && /shorter than the watermark delay/.test(error.message),
  );
});
