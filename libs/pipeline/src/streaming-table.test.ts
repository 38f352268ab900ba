import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { double, int, type RowSchema, row, string, type Value } from '@medallion/schema';
import type { AnyTable } from './declaration.ts';
import {
  between,
  days,
  type ExpectationPlan,
  isoInstant,
  json,
  minutes,
  nonEmpty,
  oneOf,
  orNull,
  pipeline,
  positive,
  REJECTED,
  type StreamingTablePlan,
  streamingTable,
  topic,
} from './index.ts';
import { isRefused } from './test/refused.ts';

const Raw = row('Raw', { id: string(), at: string('when'), status: string(), amount: double(), pieces: int() });
const bronze = streamingTable('bronze').from(topic('raw', { format: json(Raw), key: 'id' }));

const planOf = (table: AnyTable, ...others: readonly AnyTable[]): StreamingTablePlan => {
  const plan = pipeline('shop', { tables: [bronze, ...others, table] }).tables.find((t) => t.name === table.name);
  assert.ok(plan?.kind === 'streaming_table');
  return plan;
};
const silver = streamingTable('silver').from(bronze);
const typesOf = (schema: RowSchema) =>
  Object.fromEntries(schema.fields.map((f) => [f.name, `${f.type.kind}${f.nullable ? '?' : ''}`]));
const judged = (plan: StreamingTablePlan): readonly ExpectationPlan[] =>
  plan.flows[0]!.steps.flatMap((step) => (step.kind === 'judge' ? step.expectations : []));
const accept = (expectation: ExpectationPlan | undefined, value: Value | undefined) => {
  assert.ok(expectation?.rule.kind === 'columns');
  return expectation.rule.columns[0]?.accept(value as Value);
};

describe('a table from a topic', () => {
  const plan = pipeline('shop', { tables: [bronze] }).tables[0] as StreamingTablePlan;

  it('is bronze, keeps the declared columns as nullable ones, and says where a row came from', () => {
    assert.equal(plan.layer, 'bronze');
    assert.deepEqual(typesOf(plan.schema), {
      id: 'string?',
      at: 'string?',
      status: 'string?',
      amount: 'double?',
      pieces: 'int?',
      _rescued_data: 'string?',
      ingestion_timestamp: 'timestamp',
      ingestion_date: 'date',
      source_topic: 'string',
      source_partition: 'int',
      source_offset: 'long',
    });
    assert.ok(plan.flows[0]!.source.kind === 'topic');
    assert.deepEqual(
      { ...plan.flows[0]!.source, declared: plan.flows[0]!.source.declared.fields.length },
      {
        kind: 'topic',
        topic: 'raw',
        format: 'json',
        key: 'id',
        declared: 5,
      },
    );
  });

  it('is kept in a topic of the pipeline for seven days, and its quarantine beside it', () => {
    assert.equal(plan.topic, 'shop.bronze');
    assert.equal(plan.quarantineTopic, 'shop.bronze.quarantine');
    assert.equal(plan.retentionMs, days(7));
    assert.equal(plan.version, 1);
    assert.equal(plan.queryable, null);
    assert.equal(plan.eventTime, null);
  });
});

describe('a table from a table', () => {
  it('is silver and starts from the columns of its source', () => {
    const plan = planOf(silver);
    assert.equal(plan.layer, 'silver');
    assert.deepEqual(plan.flows[0]!.source, { kind: 'table', table: 'bronze' });
    assert.deepEqual(plan.schema.fields, planOf(streamingTable('other').from(bronze)).schema.fields);
  });

  it('takes the event time of its source not over', () => {
    const timed = silver.expectOrDrop('at', 'at', isoInstant).eventTime('at', { watermarkDelay: minutes(5) });
    assert.deepEqual(planOf(timed).eventTime, { column: 'at', watermarkDelayMs: minutes(5) });
    assert.equal(planOf(streamingTable('next').from(timed), timed).eventTime, null);
  });
});

describe('a table is a value', () => {
  it('is left as it was by every method', () => {
    const before = JSON.stringify(silver.declaration);
    const after = silver.comment('x').version(2).retention(days(1)).expectOrDrop('id', 'id', nonEmpty).omit('status');
    assert.equal(JSON.stringify(silver.declaration), before);
    assert.ok(Object.isFrozen(after) && Object.isFrozen(after.declaration));
    const plan = planOf(after);
    assert.deepEqual([plan.comment, plan.version, plan.retentionMs], ['x', 2, days(1)]);
  });
});

describe('expectations', () => {
  it('become one judgement when they follow each other, and another one after another step', () => {
    const table = silver
      .expectOrDrop('a', 'id', nonEmpty)
      .comment('in between')
      .expectAllOrQuarantine({ b: { amount: positive }, c: { pieces: positive } })
      .derive((c) => ({ twice: c.double((d) => d.amount * 2) }))
      .expectOrFail('d', 'small enough', (d) => d.twice < 100);
    const steps = planOf(table).flows[0]!.steps.map((s) =>
      s.kind === 'judge' ? s.expectations.map((e) => e.name) : s.kind,
    );
    assert.deepEqual(steps, [['a', 'b', 'c'], 'derive', ['d']]);
  });

  it('have one of four actions', () => {
    const table = silver
      .expect('w', 'id', nonEmpty)
      .expectOrDrop('d', 'id', nonEmpty)
      .expectOrQuarantine('q', 'id', nonEmpty)
      .expectOrFail('f', 'id', nonEmpty)
      .expectAll({ aw: { id: nonEmpty } })
      .expectAllOrDrop({ ad: { id: nonEmpty } })
      .expectAllOrQuarantine({ aq: { id: nonEmpty } })
      .expectAllOrFail({ af: { id: nonEmpty } });
    assert.deepEqual(
      judged(planOf(table)).map((e) => e.action),
      ['warn', 'drop', 'quarantine', 'fail', 'warn', 'drop', 'quarantine', 'fail'],
    );
  });

  it('say in words what they ask for', () => {
    const table = silver
      .expectOrDrop('one', 'id', nonEmpty)
      .expectOrDrop('two', { amount: between(0, 9), pieces: positive })
      .expectOrDrop('row', 'costs something', (d) => d.amount > 0);
    assert.deepEqual(
      judged(planOf(table)).map((e) => e.text),
      ['id is not empty', 'amount between 0 and 9 and pieces is positive', 'costs something'],
    );
  });

  it('narrow the columns of the table when they block', () => {
    const plan = planOf(
      silver
        .expectOrDrop('at', 'at', isoInstant)
        .expectOrQuarantine('status', 'status', oneOf('a', 'b'))
        .expectOrFail('amount', 'amount', orNull(positive)),
    );
    const types = typesOf(plan.schema);
    assert.deepEqual([types.at, types.status, types.amount], ['timestamp', 'enum', 'double?']);
    assert.equal(plan.schema.fields.find((f) => f.name === 'at')?.doc, 'when');
  });

  it('narrow and convert nothing when they warn', () => {
    const plan = planOf(silver.expect('at', 'at', isoInstant));
    assert.equal(typesOf(plan.schema).at, 'string?');
    assert.equal(accept(judged(plan)[0], '1970-01-01T00:00:01.000Z'), '1970-01-01T00:00:01.000Z');
    assert.equal(accept(judged(plan)[0], 'x'), REJECTED);
  });

  it('accept null only where they say so', () => {
    const [strict, lenient, instant, warned] = judged(
      planOf(
        silver
          .expectOrDrop('s', 'id', nonEmpty)
          .expectOrDrop('l', 'status', orNull(nonEmpty))
          .expectOrDrop('i', 'at', isoInstant)
          .expect('w', 'amount', positive),
      ),
    );
    for (const nothing of [null, undefined]) {
      assert.equal(accept(strict, nothing), REJECTED);
      assert.equal(accept(lenient, nothing), null);
      assert.equal(accept(instant, nothing), REJECTED);
      assert.equal(accept(warned, nothing), REJECTED);
    }
  });

  it('see on one column what the one before made of it', () => {
    const plan = planOf(
      silver.expectOrDrop('is', 'at', isoInstant).expectOrDrop('then', 'at', between(0, 2000) as never),
    );
    const [first, second] = judged(plan);
    const instant = accept(first, '1970-01-01T00:00:01.000Z');
    assert.equal(accept(second, instant as Value), 1000);
    assert.equal(accept(second, null), REJECTED);
  });
});

describe('steps', () => {
  it('keep the order in which they are written', () => {
    const table = silver
      .expectOrDrop('at', 'at', isoInstant)
      .where('has an id', (d) => d.id !== null)
      .eventTime('at', { watermarkDelay: minutes(5), maxFutureSkew: minutes(10) })
      .dedupe({ by: 'id', within: minutes(2) })
      .derive((c) => ({ double_amount: c.nullable.double((d) => (d.amount === null ? null : d.amount * 2)) }))
      .omit('status', 'amount');
    const plan = planOf(table);
    assert.deepEqual(
      plan.flows[0]!.steps.map((s) => s.kind),
      ['judge', 'where', 'event_time', 'dedupe', 'derive', 'omit'],
    );
    assert.deepEqual(plan.flows[0]!.steps[2], {
      kind: 'event_time',
      column: 'at',
      watermarkDelayMs: minutes(5),
      maxFutureSkewMs: minutes(10),
    });
    const types = typesOf(plan.schema);
    assert.deepEqual([types.status, types.amount, types.double_amount], [undefined, undefined, 'double?']);
  });

  it('allow event times one hour ahead unless told otherwise', () => {
    const plan = planOf(silver.expectOrDrop('at', 'at', isoInstant).eventTime('at', { watermarkDelay: minutes(0) }));
    assert.ok(plan.flows[0]!.steps[1]?.kind === 'event_time' && plan.flows[0]!.steps[1].maxFutureSkewMs === 3_600_000);
  });

  it('compute derived columns from the row', () => {
    const plan = planOf(silver.derive((c) => ({ twice: c.nullable.double((d) => (d.amount ?? 0) * 2) })));
    const derive = plan.flows[0]!.steps[0];
    assert.ok(derive?.kind === 'derive');
    assert.deepEqual(derive.columns[0]?.field, { name: 'twice', type: { kind: 'double' }, nullable: true });
    assert.equal(derive.columns[0].compute({ amount: 4 }), 8);
  });
});

it('a table may not be named like a view that every pipeline’s schema has', () => {
  for (const name of ['quarantine', 'quarantined', 'data_quality_metrics', 'conservation', 'columns'])
    isRefused(
      [bronze, streamingTable(name).from(bronze)],
      /its name is that of a view which every pipeline's schema has/,
    );
});
