import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { medallion } from '../../libs/cli/src/index.ts';

/** What the command prints, and its exit code. */
async function printed(...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const add = (more: string): void => {
    text += more;
  };
  const streams = { out: add, say: add };
  return { code: await medallion(['acls', ...args], {}, streams), text };
}

type User = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly authorization: {
      readonly acls: readonly {
        readonly resource: { readonly type: string; readonly name: string; readonly patternType: string };
        readonly operations: readonly string[];
      }[];
    };
  };
};

type Granted = Readonly<Record<string, readonly { readonly operations: readonly string[] }[]>>;

test('the rights are printed as commands that a shell takes, each for one login and whole names', async () => {
  const { code, text } = await printed('santa-deliveries', '--prefix', "o'brien-");
  assert.equal(code, 0);
  // The shell itself says which words each call has.
  const calls = execFileSync('sh', ['-s'], { input: text, env: { KAFKA_ACLS: 'echo' }, encoding: 'utf8' });
  const lines = calls.trim().split('\n');
  assert.ok(lines.length > 10);
  for (const line of lines)
    assert.match(
      line,
      /^--add --force --allow-principal User:o'brien-[a-z-]+( --operation \w+)+( --(topic|group) [\w.-]+)+$/,
    );
});

test('the rights are KafkaUser resources of Strimzi, with the same resources as in JSON', async () => {
  const yaml = await printed('orders-streaming', 'santa-deliveries', '--format', 'strimzi', '--cluster', 'c1');
  const json = JSON.parse((await printed('orders-streaming', 'santa-deliveries', '--format', 'json')).text) as Granted;
  const users = parseAllDocuments(yaml.text).map((document) => document.toJS() as User);
  assert.deepEqual(
    users.map(({ metadata }) => metadata.name),
    Object.keys(json),
  );
  for (const { kind, metadata, spec } of users) {
    assert.equal(kind, 'KafkaUser');
    assert.equal(metadata.labels['strimzi.io/cluster'], 'c1');
    assert.equal(spec.authorization.acls.length, json[metadata.name]?.length);
    for (const { resource, operations } of spec.authorization.acls) {
      assert.equal(resource.patternType, 'literal');
      for (const each of operations)
        assert.ok(['Read', 'Write', 'Create', 'Alter', 'Delete', 'Describe', 'DescribeConfigs'].includes(each), each);
    }
  }
});

test('the example for Strimzi is what the command prints, in the namespace of the brokers', async () => {
  const example = new URL('../../deploy/helm/examples/strimzi/users.yaml', import.meta.url);
  const kept = parseAllDocuments(readFileSync(example, 'utf8')).map((document) => document.toJS() as User);
  const { text } = await printed('santa-deliveries', '--format', 'strimzi');
  const made = parseAllDocuments(text).map((document) => document.toJS() as User);
  const placed = made.map((user) => ({ ...user, metadata: { ...user.metadata, namespace: 'kafka' } }));
  assert.deepEqual(kept, placed);
  assert.ok(kept.length >= 6);
});

test('only those that are asked for are printed, and what there is not is refused', async () => {
  const one = await printed('santa-deliveries', '--format', 'json', '--only', 'silver-enrich');
  assert.deepEqual(Object.keys(JSON.parse(one.text) as Granted), ['silver-enrich']);
  assert.equal((await printed('santa-deliveries', '--only', 'nobody')).code, 2);
  assert.equal((await printed('santa-deliveries', '--format', 'xml')).code, 2);
});
