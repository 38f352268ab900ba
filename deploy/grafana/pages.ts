import type { Page } from './panels.ts';
import { quality } from './quality-page.ts';
import { services } from './services-page.ts';
import { slo } from './slo-page.ts';

const OF = '{pipeline=~"$pipeline"}';

const pipelines: Page = {
  uid: 'medallion-pipelines',
  title: 'Pipelines',
  from: 'now-1h',
  rows: [
    {
      title: 'Now',
      panels: [
        {
          title: 'Flows that do not work',
          help: 'MedallionFlowStopped after two minutes',
          unit: 'short',
          show: [[`count(medallion_flow_up${OF} == 0) or vector(0)`, 'flows']],
          figure: { bad: 1, when: 'above' },
        },
        {
          title: 'Oldest record that waits',
          help: 'MedallionLagGrowing beyond 30 s, when it grows',
          unit: 's',
          show: [[`max(medallion_consumer_lag_seconds${OF})`, 'age']],
          figure: { bad: 30, when: 'above' },
        },
        {
          title: 'From an event to gold, p99',
          help: 'The sum of three hops; 0.1 s is usual, MedallionGoldStale from 5 s on',
          unit: 's',
          show: [[`medallion:freshness_gold_seconds:p99_5m${OF}`, '{{pipeline}}']],
          figure: { bad: 5, when: 'above' },
        },
        {
          title: 'Alerts',
          unit: 'short',
          show: [['count(ALERTS{alertname=~"Medallion.+", alertstate="firing"}) or vector(0)', 'firing']],
          figure: { bad: 1, when: 'above' },
        },
      ],
    },
    {
      title: 'Records',
      panels: [
        {
          title: 'Records in, by table',
          help: 'gold-aggregate reads the tables of both layers, so a table has a line for each reader',
          unit: 'cps',
          show: [
            [`sum by (job, table) (rate(medallion_records_in_total${OF}[$__rate_interval]))`, '{{table}} ({{job}})'],
          ],
        },
        {
          title: 'Rows written, by table',
          unit: 'cps',
          show: [
            [`sum by (job, table) (rate(medallion_records_out_total${OF}[$__rate_interval]))`, '{{table}} ({{job}})'],
          ],
        },
        {
          title: 'Lag in records',
          unit: 'short',
          show: [[`sum by (job, table) (medallion_consumer_lag_records${OF})`, '{{table}} ({{job}})']],
        },
        {
          title: 'Lag in seconds',
          unit: 's',
          limit: 30,
          show: [[`max by (job, table) (medallion_consumer_lag_seconds${OF})`, '{{table}} ({{job}})']],
        },
      ],
    },
    {
      title: 'Time',
      panels: [
        {
          title: 'Watermark behind the clock',
          help: 'The last partition decides when windows are final. Rising as fast as the clock: it stands still',
          unit: 's',
          show: [
            [
              `max by (job, table, partition) (time() - medallion_watermark_seconds${OF})`,
              '{{table}} {{partition}} ({{job}})',
            ],
          ],
        },
        {
          title: 'Late rows',
          unit: 'cps',
          show: [[`sum by (table) (rate(medallion_records_late_total${OF}[$__rate_interval]))`, '{{table}}']],
        },
        {
          title: 'Rows without a match, and left out by a condition',
          unit: 'cps',
          show: [
            [`sum by (table) (rate(medallion_rows_unmatched_total${OF}[$__rate_interval]))`, '{{table}} unmatched'],
            [`sum by (table) (rate(medallion_rows_filtered_total${OF}[$__rate_interval]))`, '{{table}} filtered'],
          ],
        },
        {
          title: 'Entries kept in memory',
          unit: 'short',
          show: [[`sum by (job, table) (medallion_state_entries${OF})`, '{{table}} ({{job}})']],
        },
      ],
    },
  ],
};

/** Every dashboard. */
export const pages: readonly Page[] = [pipelines, services, quality, slo];
