import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePrometheus } from '@medallion/service';
import { exportedSeries } from '../../deploy/prometheus/exported.ts';
import { namedIn } from '../../deploy/prometheus/promql.ts';
import { alertRules, recordingRules } from '../../deploy/prometheus/rules.ts';
import type { GoldDatabase } from './gold-snapshot.ts';

const RUNBOOKS = join(import.meta.dirname, '../../docs/runbooks');

/** A page of `/metrics`, and whose it is. */
export type MetricsPage = { readonly service: string; readonly text: string };

/**
 * What services that run really export is what rules and dashboards are checked with: nothing else, and each series of the
 * services that a rule names is there, with its labels. Every service is ready, and every flow works.
 */
export function assertMonitored(pages: readonly MetricsPage[]): void {
  const declared = exportedSeries();
  const real = new Map<string, Set<string>>();
  for (const { service, text } of pages)
    for (const { name, labels, value } of parsePrometheus(text)) {
      const known = declared.get(name);
      assert.ok(known, `${service} exports ${name}, which is not declared`);
      for (const label of Object.keys(labels)) assert.ok(known.includes(label), `${service}: ${name} has ${label}`);
      const seen = real.get(name) ?? new Set();
      for (const label of Object.keys(labels)) seen.add(label);
      real.set(name, seen);
      if (name === 'medallion_ready' || name === 'medallion_flow_up')
        assert.equal(value, 1, `${service}: ${name} ${JSON.stringify(labels)}`);
    }
  const used = [...alertRules(), ...recordingRules()].flatMap(({ expr }) => namedIn(expr).metrics);
  for (const { name, matchers } of used) {
    if (!/^(medallion|process|nodejs)_/.test(name)) continue;
    const labels = real.get(name);
    assert.ok(labels, `no service exports ${name}`);
    for (const label of matchers) assert.ok(label === 'job' || labels.has(label), `${name} has no label ${label}`);
  }
  for (const { service, text } of pages)
    for (const name of ['medallion_ready', 'medallion_flow_up'])
      assert.ok(
        parsePrometheus(text).some((sample) => sample.name === name),
        `${service} has no ${name}`,
      );
}

/** Every statement of the runbooks can be asked of a database that has what the services made. */
export async function assertRunbooksAsk(database: GoldDatabase): Promise<void> {
  let asked = 0;
  for (const page of globSync('*.md', { cwd: RUNBOOKS }))
    for (const [, sql = ''] of readFileSync(join(RUNBOOKS, page), 'utf8').matchAll(/```sql\n([^`]+)```/g)) {
      await assert.doesNotReject(database.query(sql), page);
      asked++;
    }
  assert.ok(asked >= 8, `${asked} statements`);
}
