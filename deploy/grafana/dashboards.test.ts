import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { exportedSeries, unknownIn } from '../prometheus/exported.ts';
import { namedIn } from '../prometheus/promql.ts';
import { promtool } from '../prometheus/promtool.ts';
import { DASHBOARDS, dashboardFiles } from './generate.ts';

type Target = {
  readonly expr?: string;
  readonly legendFormat?: string;
  readonly datasource?: { readonly uid?: string };
};
type Panel = { readonly title?: string; readonly type: string; readonly targets?: readonly Target[] };
type Dashboard = {
  readonly panels: readonly (Panel & { readonly panels?: readonly Panel[] })[];
  readonly templating: { readonly list: readonly { readonly query: { readonly query: string } }[] };
};

const names = globSync('*.json', { cwd: DASHBOARDS }).sort();
const kept = (name: string): string => readFileSync(join(DASHBOARDS, name), 'utf8');
const dashboards = names.map((name) => [name, JSON.parse(kept(name)) as Dashboard] as const);
const panelsOf = ({ panels }: Dashboard): readonly Panel[] =>
  panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);

test('the dashboards are current (else run: node deploy/grafana/generate.ts)', () => {
  const made = dashboardFiles();
  assert.deepEqual(names, made.map(([name]) => name).toSorted());
  for (const [name, text] of made) assert.equal(kept(name), text, name);
});

test('dashboards use only metrics and labels that are exported', () => {
  const series = exportedSeries();
  const wrong = dashboards.flatMap(([name, dashboard]) =>
    panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
      targets.flatMap(({ expr = '' }) => unknownIn(expr, series).map((what) => `${name}, ${title}: ${what}`)),
    ),
  );
  assert.deepEqual(wrong, []);
});

test('legends name only labels that the series have', () => {
  const series = exportedSeries();
  for (const [name, dashboard] of dashboards)
    for (const { title, targets = [] } of panelsOf(dashboard))
      for (const { expr = '', legendFormat = '' } of targets)
        for (const [, label = ''] of legendFormat.matchAll(/\{\{\s*(\w+)\s*\}\}/g)) {
          const { grouping } = namedIn(expr);
          // What an aggregation leaves is what it groups by.
          const aggregated = /^(sum|max|min|count|avg|histogram_quantile)\b/.test(expr) && !/\bon\b/.test(expr);
          const known = aggregated
            ? grouping.includes(label)
            : unknownIn(`${expr} and on (${label}) up`, series).length === 0;
          assert.ok(known, `${name}, ${title}: {{${label}}}`);
        }
});

test('every panel has a title, a query, and the provisioned source of data', () => {
  const source = parse(readFileSync(join(DASHBOARDS, '../provisioning/datasources/prometheus.yml'), 'utf8')) as {
    readonly datasources: readonly { readonly uid: string }[];
  };
  const uid = source.datasources[0]?.uid;
  for (const [name, dashboard] of dashboards) {
    const panels = panelsOf(dashboard).filter(({ type }) => type !== 'row');
    assert.ok(panels.length > 0, name);
    for (const { title, targets = [] } of panels) {
      assert.ok(title && targets.length > 0, `${name}: ${title}`);
      for (const target of targets) assert.equal(target.datasource?.uid, uid, `${name}: ${title}`);
    }
    for (const { query } of dashboard.templating.list)
      assert.ok(exportedSeries().has(/label_values\((\w+),/.exec(query.query)?.[1] ?? ''), query.query);
  }
});

test('Prometheus understands every expression of the dashboards', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'medallion-dashboards-'));
  try {
    const expressions = dashboards.flatMap(([, dashboard]) =>
      panelsOf(dashboard).flatMap(({ targets = [] }) => targets.map(({ expr = '' }) => expr)),
    );
    const rules = expressions.map((expr, i) => ({
      record: `a:b${i}`,
      expr: expr.replaceAll('$__rate_interval', '5m'),
    }));
    const file = join(folder, 'dashboards.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboards', rules }] }));
    await promisify(execFile)(await promtool(), ['check', 'rules', file]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('docker-compose.yml gives Grafana these dashboards where the provisioning looks for them', () => {
  const read = (path: string): unknown => parse(readFileSync(join(DASHBOARDS, '..', path), 'utf8'));
  type Compose = { readonly services: { readonly grafana: { readonly volumes: readonly string[] } } };
  type Provisioning = { readonly providers: readonly { readonly options: { readonly path: string } }[] };
  const { volumes } = (read('../../docker-compose.yml') as Compose).services.grafana;
  const [provider] = (read('provisioning/dashboards/medallion.yml') as Provisioning).providers;
  assert.ok(volumes.includes('./deploy/grafana/provisioning:/etc/grafana/provisioning:ro'));
  assert.ok(volumes.includes(`./deploy/grafana/dashboards:${provider?.options.path}:ro`));
});
