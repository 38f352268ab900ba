import type { Page } from './panels.ts';

const THREE = 'job=~"bronze-ingest|silver-enrich|gold-aggregate|dashboard"';

/** What the processes do, and what they need. */
export const services: Page = {
  uid: 'medallion-services',
  title: 'Services',
  from: 'now-3h',
  rows: [
    {
      title: 'Instances',
      panels: [
        { title: 'Instances that answer', unit: 'short', show: [[`sum by (job) (up{${THREE}})`, '{{job}}']] },
        {
          title: 'Instances that are ready',
          unit: 'short',
          show: [[`sum by (job) (medallion_ready{${THREE}})`, '{{job}}']],
        },
        {
          title: 'Flow restarts in 15 minutes',
          unit: 'short',
          limit: 5,
          show: [
            [
              'sum by (job, table) (increase(medallion_flow_restarts_total{pipeline=~"$pipeline"}[15m]))',
              '{{table}} ({{job}})',
            ],
          ],
        },
        {
          title: 'Batches dropped for a lost lease in 15 minutes',
          unit: 'short',
          limit: 20,
          show: [['sum by (job) (increase(medallion_lease_lost_total{pipeline=~"$pipeline"}[15m]))', '{{job}}']],
        },
        {
          title: 'Versions that run',
          unit: 'short',
          show: [['count by (job, version, node) (medallion_build_info)', '{{job}} {{version}}, Node {{node}}']],
        },
        {
          title: 'Started again',
          help: 'Starts in half an hour; MedallionProcessRestarting beyond 2',
          unit: 'short',
          limit: 2,
          show: [[`changes(process_start_time_seconds{${THREE}}[30m])`, '{{job}} {{instance}}']],
        },
      ],
    },
    {
      title: 'Work',
      panels: [
        {
          title: 'A batch, p99',
          unit: 's',
          show: [
            [
              'histogram_quantile(0.99, sum by (job, table, le) (rate(medallion_batch_seconds_bucket{pipeline=~"$pipeline"}[$__rate_interval])))',
              '{{table}} ({{job}})',
            ],
          ],
        },
        {
          title: 'A commit, p99',
          unit: 's',
          show: [
            [
              'histogram_quantile(0.99, sum by (job, table, le) (rate(medallion_commit_seconds_bucket{pipeline=~"$pipeline"}[$__rate_interval])))',
              '{{table}} ({{job}})',
            ],
          ],
        },
      ],
    },
    {
      title: 'Machine',
      panels: [
        {
          title: 'CPU, in cores',
          help: 'Measured at 2,000 events/s: 0.06, 0.06 and 0.10',
          unit: 'short',
          show: [[`rate(process_cpu_seconds_total{${THREE}}[$__rate_interval])`, '{{job}} {{instance}}']],
        },
        {
          title: 'Memory',
          help: 'Measured at 2,000 events/s: 149, 188 and 209 MB; up to 416 MB while a backlog is drained',
          unit: 'bytes',
          show: [[`process_resident_memory_bytes{${THREE}}`, '{{job}} {{instance}}']],
        },
        {
          title: 'Event loop lag, p99',
          unit: 's',
          show: [[`nodejs_eventloop_lag_p99_seconds{${THREE}}`, '{{job}} {{instance}}']],
        },
        {
          title: 'Free on disks',
          help: 'Needs node_exporter or the kubelet',
          unit: 'percentunit',
          show: [['medallion:disk_free:ratio', '{{instance}} {{mountpoint}}{{persistentvolumeclaim}}']],
        },
      ],
    },
  ],
};
