import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { exportedSeries, unknownIn } from './exported.ts';
import { promtool } from './promtool.ts';
import { alertRules, PROMETHEUS_FOLDER as FOLDER, recordingRules } from './rules.ts';

const RUNBOOKS = join(FOLDER, '../../docs/runbooks');
const alerts = alertRules();

type Suite = {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly eval_time: string;
      readonly alertname: string;
      readonly exp_alerts?: readonly unknown[];
    }[];
  }[];
};

const suites = globSync('tests/*.test.yml', { cwd: FOLDER }).sort();
const cases = suites.flatMap((file) => (parse(readFileSync(join(FOLDER, file), 'utf8')) as Suite).tests);

async function promtoolSays(...args: string[]): Promise<void> {
  const failed = (error: Error & { stdout?: string; stderr?: string }): never =>
    assert.fail(`promtool ${args.join(' ')}\n${error.stdout ?? ''}${error.stderr ?? ''}${error.message}`);
  await promisify(execFile)(await promtool(), args, { cwd: FOLDER, timeout: 900_000 }).catch(failed);
}

test('promtool finds nothing wrong with the rules and the configuration', async () => {
  await promtoolSays('check', 'rules', ...globSync('rules/*.yml', { cwd: FOLDER }));
  await promtoolSays('check', 'config', 'prometheus.yml');
});

for (const file of suites)
  test(`${file}: alerts fire and heal when they should`, () => promtoolSays('test', 'rules', file));

test('every alert is tested: it fires, it heals, and it is silent in the healthy case', () => {
  assert.ok(alerts.length >= 15, 'the rules were read');
  const healthy = (parse(readFileSync(join(FOLDER, 'tests/healthy.test.yml'), 'utf8')) as Suite).tests;
  for (const { alert } of alerts) {
    const healing = cases.some(({ alert_rule_test: checks }) => {
      const fires = checks
        .filter(({ alertname }) => alertname === alert)
        .map(({ exp_alerts }) => exp_alerts !== undefined);
      return fires.includes(true) && fires[0] === false && fires.at(-1) === false;
    });
    assert.ok(healing, `no test has ${alert} silent, then firing, then silent again`);
    const silent = healthy.some(({ alert_rule_test: checks }) => checks.some(({ alertname }) => alertname === alert));
    assert.ok(silent, `${alert} is not in the healthy case`);
  }
});

test('every alert says how bad it is, what it is with its figures, and where its runbook is', () => {
  for (const { alert, labels, annotations } of alerts) {
    assert.match(alert, /^Medallion[A-Z]\w+$/);
    assert.ok(['critical', 'warning', 'info'].includes(labels.severity ?? ''), `${alert} has a severity`);
    assert.ok(annotations.summary && annotations.description, `${alert} has a summary and a description`);
    assert.equal(annotations.runbook_url, `{{ $externalLabels.runbook_base_url }}/${alert}.md`);
  }
});

test('every alert has a runbook, and every runbook an alert', () => {
  const pages = globSync('*.md', { cwd: RUNBOOKS }).map((page) => page.slice(0, -'.md'.length));
  const wanted = alerts.map(({ alert }) => alert);
  assert.deepEqual(pages.filter((page) => page !== 'README').sort(), wanted.toSorted());
  assert.ok(existsSync(join(RUNBOOKS, 'README.md')));
  const list = readFileSync(join(RUNBOOKS, 'README.md'), 'utf8');
  for (const { alert, labels } of alerts) {
    assert.ok(list.includes(`](${alert}.md) | ${labels.severity}`), `the list of runbooks has ${alert}, its severity`);
    const page = readFileSync(join(RUNBOOKS, `${alert}.md`), 'utf8');
    assert.ok(page.startsWith(`# ${alert}\n`), `${alert}.md has its name as title`);
    for (const part of ['What it means', 'What to look at', 'What to do', 'When to worry'])
      assert.ok(page.includes(`\n## ${part}\n`), `${alert}.md says: ${part}`);
  }
});

test('rules use only metrics and labels that are exported', () => {
  const series = exportedSeries();
  const wrong = [...alerts, ...recordingRules()].flatMap((rule) =>
    unknownIn(rule.expr, series).map((what) => `${'alert' in rule ? rule.alert : rule.record}: ${what}`),
  );
  assert.deepEqual(wrong, []);
});

test('what alerts say of labels is in their series', () => {
  const series = exportedSeries();
  for (const { alert, expr, annotations } of alerts) {
    const named = Object.values(annotations).flatMap((text) => [...text.matchAll(/\$labels\.(\w+)/g)]);
    for (const [, label] of named)
      assert.deepEqual(unknownIn(`${expr} and on (${label}) up`, series), [], `${alert} names ${label}`);
  }
});
