import type { Page } from './panels.ts';

/** What is promised for 30 days, and what is left of it. */
export const slo: Page = {
  uid: 'medallion-slo',
  title: 'SLO',
  from: 'now-7d',
  rows: [
    {
      title: 'Left of 30 days',
      panels: [
        {
          title: 'Budget left',
          help: 'Below 0 the promise is broken: 99 % of the records fresh, 99.9 % of the time available',
          unit: 'percentunit',
          show: [['medallion:slo_budget_left:ratio', '{{slo}} {{pipeline}}']],
          figure: { bad: 0.1, when: 'below' },
        },
        {
          title: 'Available now',
          help: 'Each of the three services has an instance that is ready',
          unit: 'short',
          show: [['medallion:available:bool', 'available']],
          figure: { bad: 1, when: 'below' },
        },
      ],
    },
    {
      title: 'Burn rates',
      panels: [
        {
          title: 'Over an hour',
          help: 'MedallionErrorBudgetBurnFast from 14.4 on, if the last five minutes agree',
          unit: 'short',
          limit: 14.4,
          show: [
            [
              'medallion:slo_errors:ratio_1h / on (slo) group_left () medallion:slo_budget:ratio',
              '{{slo}} {{pipeline}}',
            ],
          ],
        },
        {
          title: 'Over a day',
          help: 'MedallionErrorBudgetBurnSlow from 3 on, if the last two hours agree',
          unit: 'short',
          limit: 3,
          show: [
            [
              'medallion:slo_errors:ratio_1d / on (slo) group_left () medallion:slo_budget:ratio',
              '{{slo}} {{pipeline}}',
            ],
          ],
        },
      ],
    },
    {
      title: 'Freshness',
      panels: [
        {
          title: 'p99 of each hop',
          help: 'From the time of a record until its rows are visible, by the service that makes them',
          unit: 's',
          limit: 0.5,
          show: [['medallion:hop_seconds:p99_5m{pipeline=~"$pipeline"}', '{{job}} {{pipeline}}']],
        },
        {
          title: 'Records that are late for the promise',
          help: 'A hop took longer than 0.5 s',
          unit: 'percentunit',
          limit: 0.01,
          show: [['medallion:slo_errors:ratio_5m{slo="freshness", pipeline=~"$pipeline"}', '{{pipeline}}']],
        },
      ],
    },
  ],
};
