import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, MedallionError } from '@medallion/core';
import fc from 'fast-check';
import { createGenerator, type GeneratedRecord } from './generator.ts';
import { FAULT_KINDS, type FaultKind } from './kinds.ts';
import { resolveOptions } from './options.ts';
import { PRESETS, type Quality } from './presets.ts';
import { broken, CHRISTMAS, generate, parse, timeOf } from './test-support.ts';

const bytesOf = (records: readonly GeneratedRecord[]): string =>
  records.map(({ key, value, kind, dueAt }) => `${key} ${kind} ${dueAt} ${value?.toString('hex')}`).join('\n');

test('the same seed and options give the same stream, byte for byte', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.constantFrom<Quality>('clean', 'realistic', 'hostile'),
      fc.constantFrom(0.5, 1, 60, 3_600),
      (seed, quality, speed) => {
        const options = { seed, quality, speed };
        assert.equal(bytesOf(generate(300, options)), bytesOf(generate(300, options)));
      },
    ),
    { numRuns: 20 },
  );
});

test('the stream does not depend on how it is cut into batches', () => {
  const whole = generate(500, { quality: 'hostile' });
  const generator = createGenerator({ start: CHRISTMAS, events: 500, quality: 'hostile' });
  const pieces: GeneratedRecord[] = [];
  for (let n = 1; pieces.length < 500; n++) pieces.push(...generator.nextBatch(n));
  assert.equal(bytesOf(pieces), bytesOf(whole));
});

test('another seed, and the same seed at another start, give other events that share no id', () => {
  const ids = (records: GeneratedRecord[]) => new Set(records.map((record) => record.event?.event_id));
  const one = ids(generate(1_000, { seed: 1 }));
  assert.equal(one.isDisjointFrom(ids(generate(1_000, { seed: 2 }))), true);
  assert.equal(one.isDisjointFrom(ids(generate(1_000, { seed: 1, start: instant(CHRISTMAS + 1) }))), true);
});

test('a bounded stream has just so many records, and then none', () => {
  const generator = createGenerator({ start: CHRISTMAS, events: 7 });
  assert.equal(generator.nextBatch(100).length, 7);
  assert.equal(generator.next(), null);
  assert.deepEqual(generator.nextBatch(1), []);
});

for (const quality of Object.keys(PRESETS) as Quality[]) {
  test(`every kind occurs at the rate of the preset ${quality}`, () => {
    const n = 60_000;
    const counts = Map.groupBy(generate(n, { quality, seed: 11 }), (record) => record.kind);
    for (const kind of FAULT_KINDS) {
      const share = PRESETS[quality][kind] ?? 0;
      const found = counts.get(kind)?.length ?? 0;
      // A few draws have nothing to repeat or to be behind of, at the start of the stream.
      const deviation = 5 * Math.sqrt(n * share * (1 - share)) + (share === 0 ? 0 : 2);
      assert.ok(Math.abs(found - n * share) <= deviation, `${kind}: ${found}, expected ${n * share} ± ${deviation}`);
    }
  });
}

test('every kind occurs at a rate of its own, also one that no preset has', () => {
  for (const kind of FAULT_KINDS) {
    const n = kind === 'oversized' ? 40 : 1_000;
    const found = generate(n, { quality: 'clean', rates: { [kind]: 0.5 } }).filter((record) => record.kind === kind);
    assert.ok(found.length > n * 0.3 && found.length < n * 0.7, `${kind}: ${found.length} of ${n}`);
  }
});

test('valid, out-of-order and late records hold the intended event and meet the five expectations', () => {
  for (const record of generate(20_000, { quality: 'hostile', seed: 3 })) {
    if (record.kind !== 'valid' && record.kind !== 'out_of_order' && record.kind !== 'late') continue;
    assert.equal(String(record.value), JSON.stringify(record.event));
    assert.deepEqual(broken(parse(record)), []);
    assert.equal(record.key, record.event?.delivery_id);
  }
});

test('valid records come in the order of event time, and fault-free ids are unique but for duplicates', () => {
  let newest = 0;
  const ids = new Set<string>();
  for (const { kind, event } of generate(20_000, { quality: 'hostile', seed: 4 })) {
    if (event === null) continue;
    if (kind === 'valid') {
      assert.ok(timeOf(event) >= newest);
      newest = timeOf(event);
    }
    assert.equal(ids.has(event.event_id), kind === 'duplicate');
    ids.add(event.event_id);
  }
});

test('a duplicate has the key and the bytes of a record sent at most five minutes before', () => {
  const seen = new Map<string, GeneratedRecord>();
  let duplicates = 0;
  for (const record of generate(10_000, { rates: { duplicate: 0.2 } })) {
    const id = record.event?.event_id ?? '';
    if (record.kind === 'duplicate') {
      const original = seen.get(id);
      assert.ok(original !== undefined && original.value !== null && record.value !== null);
      assert.equal(record.key, original.key);
      assert.ok(record.value.equals(original.value));
      assert.ok(record.dueAt - original.dueAt <= 300_000);
      duplicates++;
    } else seen.set(id, record);
  }
  assert.ok(duplicates > 1_800);
});

test('out-of-order records are older than a predecessor by at most the disorder, late ones as old as asked for', () => {
  let newest = Number.NEGATIVE_INFINITY;
  for (const { kind, event, dueAt } of generate(20_000, { quality: 'hostile', burst: 0 as never, seed: 5 })) {
    if (event === null) continue;
    const time = timeOf(event);
    if (kind === 'valid') newest = Math.max(newest, time);
    if (kind === 'out_of_order') assert.ok(time < newest && time >= dueAt - 120_001, `${newest - time}`);
    if (kind === 'late') assert.ok(dueAt - time >= 600_000 && dueAt - time <= 3_600_001);
  }
});

test('where records are further apart than the disorder none is called out of order', () => {
  const records = generate(2_000, { speed: 36_000, rates: { out_of_order: 0.3 } });
  assert.equal(records.filter((record) => record.kind === 'out_of_order').length, 0);
});

test('emission times rise, and no record is emitted before its own event time', () => {
  for (const options of [{}, { speed: 60 }, { ratePerSecond: 333 }, { ratePerSecond: 7, burst: 3_000 as never }]) {
    let due = Number.NEGATIVE_INFINITY;
    for (const record of generate(5_000, options)) {
      assert.ok(record.dueAt >= due);
      due = record.dueAt;
      if (record.event !== null) assert.ok(timeOf(record.event) <= record.dueAt);
    }
  }
});

test('by default fifty records are emitted at once every five seconds', () => {
  const bursts = Map.groupBy(generate(500), (record) => record.dueAt - CHRISTMAS);
  assert.deepEqual([...bursts].map(([due, records]) => [due, records.length]).slice(0, 3), [
    [0, 50],
    [5_000, 50],
    [10_000, 50],
  ]);
  assert.equal(bursts.size, 10);
});

test('event time runs at the speed asked for', () => {
  const [first, last] = [generate(601, { speed: 60, quality: 'clean' })[0], generate(601, { speed: 60 })[600]];
  assert.equal(last!.dueAt - first!.dueAt, 60 * 60_000);
});

test('options that cannot be are refused with every problem at once', () => {
  const rates = { late: 2, nonsense: 0.1 } as Partial<Record<FaultKind, number>>;
  assert.throws(
    () => resolveOptions({ start: CHRISTMAS, seed: 0.5, ratePerSecond: 0, rates }),
    (error) =>
      error instanceof MedallionError &&
      error.code === 'MED_CONFIG_INVALID' &&
      ['seed', 'rate:', 'late is a share', 'no kind "nonsense"', 'sum up'].every((part) =>
        error.message.includes(part),
      ),
  );
});
