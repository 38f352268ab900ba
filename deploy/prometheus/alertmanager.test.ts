import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { amtool } from './promtool.ts';
import { alertRules, PROMETHEUS_FOLDER } from './rules.ts';

const FILE = join(PROMETHEUS_FOLDER, 'alertmanager.example.yml');

type Configuration = {
  readonly inhibit_rules: readonly {
    readonly source_matchers: readonly string[];
    readonly target_matchers: readonly string[];
    readonly equal?: readonly string[];
  }[];
};

const configuration = parse(readFileSync(FILE, 'utf8')) as Configuration;
const alerts = alertRules();
const named = (matchers: readonly string[]): readonly string[] =>
  matchers.flatMap((each) => each.match(/Medallion\w+/g) ?? []);

/** Who is told of an alert with these labels. */
async function receiverOf(labels: Readonly<Record<string, string>>): Promise<string> {
  const given = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const args = ['config', 'routes', 'test', `--config.file=${FILE}`, ...given];
  return (await promisify(execFile)(await amtool(), args, { timeout: 180_000 })).stdout.trim();
}

test('amtool finds nothing wrong with the example of Alertmanager', async () => {
  await promisify(execFile)(await amtool(), ['check-config', FILE], { timeout: 180_000 });
});

test('each alert reaches who its severity is for: critical wakes somebody, warnings wait, the rest disturbs nobody', async () => {
  const wanted = { critical: 'on-call', warning: 'team', info: 'nobody' } as const;
  for (const [severity, receiver] of Object.entries(wanted)) {
    const alert = alerts.find(({ labels }) => labels.severity === severity);
    assert.ok(alert, severity);
    assert.equal(await receiverOf({ alertname: alert.alert, severity }), receiver, alert.alert);
  }
  assert.deepEqual([...new Set(alerts.map(({ labels }) => labels.severity))].sort(), Object.keys(wanted).sort());
});

test('what is kept quiet exists, is no worse than what keeps it quiet, and nothing keeps itself quiet', () => {
  const rank = ['info', 'warning', 'critical'];
  const severity = (name: string): number => {
    const alert = alerts.find((each) => each.alert === name);
    assert.ok(alert, `there is no alert ${name}`);
    return rank.indexOf(alert.labels.severity ?? '');
  };
  for (const { source_matchers: source, target_matchers: target } of configuration.inhibit_rules)
    for (const quiet of named(target)) {
      assert.ok(!named(source).includes(quiet), quiet);
      for (const worse of named(source)) assert.ok(severity(worse) >= severity(quiet), `${worse} over ${quiet}`);
    }
});
