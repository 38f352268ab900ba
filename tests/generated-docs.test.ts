import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CONFIGURATION_DOC, configurationDoc } from '../scripts/generate-configuration-doc.ts';
import { ERRORS_DOC, errorsDoc } from '../scripts/generate-errors-doc.ts';
import { METRICS_DOC, metricsDoc } from '../scripts/generate-metrics-doc.ts';

const kept = (page: URL): string => readFileSync(page, 'utf8');

test('docs/errors.md is current (else run: node scripts/generate-errors-doc.ts)', () => {
  assert.equal(kept(ERRORS_DOC), errorsDoc());
});

test('docs/configuration.md is current (else run: node scripts/generate-configuration-doc.ts)', () => {
  assert.equal(kept(CONFIGURATION_DOC), configurationDoc());
});

test('docs/metrics.md is current (else run: node scripts/generate-metrics-doc.ts)', () => {
  assert.equal(kept(METRICS_DOC), metricsDoc());
});
