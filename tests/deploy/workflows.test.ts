import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { findTestFiles } from '../../scripts/testing/files.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

type Step = { readonly uses?: string; readonly run?: string; readonly with?: Readonly<Record<string, unknown>> };
type Job = {
  readonly 'timeout-minutes'?: number;
  readonly permissions?: unknown;
  readonly 'runs-on': string;
  readonly steps: readonly Step[];
};
type Workflow = {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
};

const paths = globSync('.github/workflows/*.yml', { cwd: ROOT });
const workflows = paths.map((path) => [path, parse(text(path)) as Workflow] as const);
const jobs = workflows.flatMap(([, workflow]) => Object.entries(workflow.jobs));
const commands = jobs.flatMap(([, { steps }]) => steps.flatMap(({ run }) => (run === undefined ? [] : [run.trim()])));

test('every action is ours, or named by its commit with the version beside it', () => {
  const files = [...paths, ...globSync('.github/actions/*/action.yml', { cwd: ROOT })];
  const lines = files.flatMap((path) => text(path).match(/^.*\buses:.*$/gm) ?? []);
  assert.ok(lines.length > 10);
  for (const line of lines)
    assert.match(line, /uses: (\.\/\.github\/actions\/[a-z-]+|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
  const versions = new Map<string, string>();
  for (const [, name = '', version = ''] of lines.join('\n').matchAll(/uses: ([\w-]+\/[\w-]+)@(.*)/g)) {
    assert.equal(versions.get(name) ?? version, version, `${name} has one version`);
    versions.set(name, version);
  }
});

test('a workflow may only read, keeps no token for what it runs, and runs no text that others wrote', () => {
  for (const [path, { on, permissions }] of workflows) {
    assert.deepEqual(permissions, { contents: 'read' }, path);
    assert.ok(!('pull_request_target' in on), path);
    assert.ok(!('workflow_run' in on), path);
  }
  for (const [name, { steps, permissions }] of jobs) {
    assert.equal(permissions, undefined, name);
    for (const { uses = '', run = '', with: options } of steps) {
      if (uses.startsWith('actions/checkout@')) assert.equal(options?.['persist-credentials'], false, name);
      assert.doesNotMatch(run, /\$\{\{/, `${name}: an expression in a script`);
    }
  }
});

test('every job ends by itself, on a machine of a named version', () => {
  for (const [name, job] of jobs) {
    assert.ok((job['timeout-minutes'] ?? 0) > 0, name);
    assert.match(job['runs-on'], /^ubuntu-\d\d\.04$/, name);
  }
});

test('every command is one of package.json, and every part of a path is that of a test', () => {
  const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
  for (const command of commands) {
    const [, script, rest = ''] = /^npm (?:run )?([\w:-]+)(?: -- (.*))?$/.exec(command) ?? [];
    if (script === undefined) {
      assert.match(command, /^docker (run|compose) /, command);
      continue;
    }
    assert.ok(script in scripts, command);
    if (script !== 'test') continue;
    for (const part of rest.split(' ').filter((each) => each.includes('/'))) {
      const { unit, int } = findTestFiles(ROOT, [part]);
      assert.ok(unit.length + int.length > 0, `${command}: nothing has ${part} in its path`);
    }
  }
});

test('all that is promised to be checked is run', () => {
  for (const promised of [
    'npm test',
    'npm run images -- --twice',
    'npm run test:compose',
    'npm run check:helm -- --strict',
    'npm run check:terraform -- --strict',
    'npm run check:workflows',
    'npm run sbom',
    'npm run audit -- --strict',
  ])
    assert.ok(commands.includes(promised), promised);
  assert.ok(commands.some((command) => /^npm test -- .*tests\/security/.test(command)));
  assert.ok(commands.some((command) => /^npm test -- .*deploy\/prometheus/.test(command)));
});

test('what a job keeps or is cached by is there', () => {
  const patterns = [...text('.github/workflows/ci.yml').matchAll(/hashFiles\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    [...list.matchAll(/'([^']+)'/g)].map(([, pattern = '']) => pattern),
  );
  assert.ok(patterns.length > 0);
  for (const pattern of patterns) assert.ok(globSync(pattern, { cwd: ROOT }).length > 0, pattern);
  for (const [name, { steps }] of jobs)
    for (const { uses = '' } of steps)
      if (uses.startsWith('./')) assert.ok(existsSync(join(ROOT, uses, 'action.yml')), `${name}: ${uses}`);
});
