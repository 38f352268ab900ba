import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadPipeline, pipelineNames } from '@medallion/host';
import { type Grant, mergeGrants, type Operation, rightsOf, type ServiceName, stopsTopicOf } from '@medallion/runtime';

const plans = await Promise.all(pipelineNames().map((name) => loadPipeline(name)));

/** What somebody may do with a resource. */
const may = (grants: readonly Grant[] | undefined, resource: Grant['resource'], name: string): readonly Operation[] =>
  grants?.find((grant) => grant.resource === resource && grant.name === name)?.operations ?? [];

const SERVICES = ['bronze-ingest', 'silver-enrich', 'gold-aggregate'] as const;

test('bronze reads what comes from outside and writes its table; silver does so one step on; gold writes nothing', async () => {
  const rights = rightsOf(await loadPipeline('santa-deliveries'), { make: false });
  const [raw, bronze, silver] = [
    'santa.deliveries.raw',
    'santa-deliveries.bronze_santa_deliveries',
    'santa-deliveries.silver_santa_deliveries',
  ];
  const of = (service: ServiceName, topic: string) => may(rights.get(service), 'topic', topic);
  assert.deepEqual(
    [raw, bronze, silver].map((topic) => of('bronze-ingest', topic)),
    [['read'], ['read', 'write', 'describe_configs'], ['describe']],
  );
  assert.deepEqual(
    [raw, bronze, silver].map((topic) => of('silver-enrich', topic)),
    [['describe'], ['read'], ['read', 'write', 'describe_configs']],
  );
  assert.deepEqual(
    [raw, bronze, silver].map((topic) => of('gold-aggregate', topic)),
    [['describe'], ['read'], ['read']],
  );
  assert.deepEqual(of('generator', raw), ['write', 'describe_configs']);
  assert.deepEqual(of('generator', bronze), []);
});

for (const plan of plans) {
  const verify = rightsOf(plan, { make: false });
  const auto = rightsOf(plan, { make: true });

  test(`${plan.name}: without make no service creates, deletes or alters anything; only the migrator creates`, () => {
    for (const service of [...SERVICES, 'generator'] as const)
      for (const { name, operations } of verify.get(service) ?? [])
        assert.ok(!operations.includes('create') && !operations.includes('delete'), `${service} ${name}`);
    assert.ok((verify.get('migrator') ?? []).some(({ operations }) => operations.includes('create')));
    assert.ok((verify.get('migrator') ?? []).every(({ operations }) => !operations.includes('write')));
    assert.ok(SERVICES.every((service) => auto.get(service)?.some(({ operations }) => operations.includes('create'))));
  });

  test(`${plan.name}: each topic is written by one service at most, and each group is joined by one`, () => {
    const shared = new Set([`${plan.name}.runs`, stopsTopicOf(plan.name)]);
    const writers = new Map<string, ServiceName[]>();
    for (const service of [...SERVICES, 'generator'] as const)
      for (const { resource, name, operations } of verify.get(service) ?? [])
        if (!shared.has(name) && operations.includes(resource === 'topic' ? 'write' : 'read')) {
          const key = `${resource} ${name}`;
          writers.set(key, [...(writers.get(key) ?? []), service]);
        }
    for (const [what, services] of writers) assert.equal(services.length, 1, `${what}: ${services.join(', ')}`);
  });

  test(`${plan.name}: nobody is granted a pattern, a resource twice, or describe where more lets describe`, () => {
    for (const [service, grants] of [...verify, ...auto]) {
      const keys = grants.map(({ resource, name }) => `${resource} ${name}`);
      assert.deepEqual([...new Set(keys)], keys, service);
      for (const { name, operations } of grants) {
        assert.match(name, /^[A-Za-z0-9._-]+$/);
        assert.ok(operations.length > 0);
        assert.ok(!(operations.includes('describe') && operations.includes('read')), `${service} ${name}`);
      }
    }
  });
}

test('the rights of one login in several pipelines are one list', () => {
  const [first, second] = plans.map((plan) => rightsOf(plan, { make: false }).get('gold-aggregate') ?? []);
  const merged = mergeGrants([first ?? [], second ?? [], first ?? []]);
  const resources = [...(first ?? []), ...(second ?? [])].map(({ resource, name }) => `${resource} ${name}`);
  assert.deepEqual(merged.map(({ resource, name }) => `${resource} ${name}`).sort(), [...new Set(resources)].sort());
});
