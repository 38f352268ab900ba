import type { Page } from './panels.ts';

const OF = 'pipeline=~"$pipeline"';
/** The layers that judge; gold-aggregate counts what it stores of them once more. */
const JUDGES = `${OF}, job=~"bronze-ingest|silver-enrich"`;

/** What is refused, and why. */
export const quality: Page = {
  uid: 'medallion-quality',
  title: 'Quality',
  from: 'now-6h',
  rows: [
    {
      title: 'Quarantine',
      panels: [
        {
          title: 'Share of records in quarantine, duplicates aside',
          help: 'Half a percent is usual; MedallionQuarantineRate from 5 % on',
          unit: 'percentunit',
          limit: 0.05,
          show: [
            [
              `sum by (table) (rate(medallion_records_quarantined_total{${JUDGES}, reason!="duplicate"}[10m])) / sum by (table) (rate(medallion_records_in_total{${JUDGES}}[10m]))`,
              '{{table}}',
            ],
          ],
        },
        {
          title: 'Quarantined, by reason',
          unit: 'cps',
          show: [
            [
              `sum by (table, reason) (rate(medallion_records_quarantined_total{${JUDGES}}[$__rate_interval]))`,
              '{{table}} {{reason}}',
            ],
          ],
        },
        {
          title: 'Dropped by an expectation',
          unit: 'cps',
          show: [[`sum by (table) (rate(medallion_records_dropped_total{${JUDGES}}[$__rate_interval]))`, '{{table}}']],
        },
        {
          title: 'Refused by gold alone',
          help: 'What could not be stored',
          unit: 'cps',
          show: [
            [
              `sum by (table) (rate(medallion_records_quarantined_total{${OF}, job="gold-aggregate", reason="unstorable"}[$__rate_interval]))`,
              '{{table}}',
            ],
          ],
        },
      ],
    },
    {
      title: 'Expectations',
      panels: [
        {
          title: 'Share of rows that break a rule',
          help: 'MedallionExpectationFailing from 5 % on',
          unit: 'percentunit',
          limit: 0.05,
          show: [
            [
              `sum by (table, expectation) (rate(medallion_expectation_results_total{${OF}, result="failed"}[10m])) / sum by (table, expectation) (rate(medallion_expectation_results_total{${OF}}[10m]))`,
              '{{table}} {{expectation}}',
            ],
          ],
        },
        {
          title: 'Rows that break a rule',
          unit: 'cps',
          show: [
            [
              `sum by (table, expectation) (rate(medallion_expectation_results_total{${OF}, result="failed"}[$__rate_interval]))`,
              '{{table}} {{expectation}}',
            ],
          ],
        },
      ],
    },
  ],
};
