import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { toolAtHand } from '../../deploy/checks/tools.ts';
import { refusal, renders } from '../../deploy/helm/checks/cases.ts';
import { lint, render } from '../../deploy/helm/checks/helm.ts';
import { CASES, example } from '../../deploy/helm/checks/matrix.ts';
import { environmentOf, type KubernetesObject, ofKind } from '../../deploy/helm/checks/objects.ts';
import { broken, policies } from '../../deploy/helm/checks/policies/index.ts';
import { BY_SCHEMA, BY_TEMPLATES } from '../../deploy/helm/checks/refused.ts';
import { BREACHES } from './support/helm-breaches.ts';

const helm = toolAtHand('helm') ?? '';
// Building helm takes minutes, rendering seconds: here it is used where it is, and `node deploy/helm/check.ts` brings it.
const skip = helm === '' ? 'helm is not built here yet: `node deploy/helm/check.ts` builds it' : false;

describe('the chart', { skip, concurrency: 2 }, () => {
  test('helm lint --strict has nothing to say', async () => {
    assert.deepEqual(await lint(helm), []);
  });

  for (const each of CASES)
    test(`keeps its policies: ${each.name}`, async () => {
      assert.deepEqual((await renders(helm, each)).problems, []);
    });

  for (const each of [...BY_SCHEMA, ...BY_TEMPLATES])
    test(`refuses ${each.name}`, async () => {
      assert.equal(await refusal(helm, each), null);
    });
});

describe('the policies', { skip }, () => {
  let objects: readonly KubernetesObject[];

  before(async () => {
    const rendered = await render(helm, [example('production')]);
    assert.ok(rendered.ok);
    objects = rendered.objects;
  });

  test('each has a breach that it is tried with', () => {
    assert.deepEqual([...new Set(BREACHES.map(({ policy }) => policy))].sort(), Object.keys(policies).sort());
  });

  for (const { policy, name, change } of BREACHES)
    test(`"${policy}" notices ${name}`, () => {
      const copy = structuredClone(objects) as KubernetesObject[];
      const changed = change(copy) ?? copy;
      const noticed = broken(changed).filter((problem) => problem.startsWith(`${policy}:`));
      assert.notDeepEqual(noticed, []);
    });

  test('numbers reach a service as they were given', async () => {
    const { files, values } = CASES.find(({ name }) => name === 'great and small numbers')!;
    const rendered = await render(helm, files, values);
    assert.ok(rendered.ok);
    const bronze = ofKind(rendered.objects, 'Deployment').find(({ metadata }) =>
      metadata.name.endsWith('bronze-ingest'),
    )!;
    const env = environmentOf(rendered.objects, bronze);
    assert.equal(env.STALL_TIMEOUT_MS, '86400000');
    assert.equal(env.MAX_BATCH_BYTES, '67108864');
    assert.equal(env.SHUTDOWN_TIMEOUT_MS, '100', 'its own before that of all');
    const silver = ofKind(rendered.objects, 'Deployment').find(({ metadata }) =>
      metadata.name.endsWith('silver-enrich'),
    )!;
    assert.equal(silver.spec.template.spec.terminationGracePeriodSeconds, 5 + 3600 + 10);
  });

  test('the rules come with links to the pages that were named', async () => {
    const rendered = await render(helm, [example('production')]);
    assert.ok(rendered.ok);
    assert.match(rendered.text, /runbook_url: "https:\/\/docs\.example\.com\/medallion\/runbooks\/\w+\.md"/);
    assert.doesNotMatch(rendered.text, /runbook_base_url \}\}/);
    assert.match(rendered.text, /summary: .*\{\{ \$labels/, 'what is for Prometheus is left to it');
  });
});
