import { writeFileSync } from 'node:fs';
import { declaredMetrics } from '../libs/service/src/index.ts';
import { declaredDashboardMetrics } from '../services/dashboard/src/dashboard-metrics.ts';

/** Where the page is kept. */
export const METRICS_DOC = new URL('../docs/metrics.md', import.meta.url);

type Declared = ReturnType<typeof declaredMetrics>[number];

const row = ({ name, kind, labels, help }: Declared): string =>
  `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help.replaceAll('|', '\\|')} |`;

const table = (metrics: readonly Declared[]): readonly string[] => [
  '| metric | kind | labels | what it is |',
  '|---|---|---|---|',
  ...metrics.map(row),
];

/** The page of all metrics, in the order of the alphabet. */
export function metricsDoc(): string {
  const isOwn = ({ name }: Declared): boolean => name.startsWith('medallion_');
  return [
    '# Metrics',
    '',
    'Generated from `libs/service/src/metrics.ts` by `node scripts/generate-metrics-doc.ts`. Every service, the dashboard and the',
    'generator serve them on `/metrics`, in the text format of Prometheus. Names and labels are public API. Labels come from the',
    'plan, never from data: their number is bounded. What alerts make of them: [runbooks](runbooks/README.md).',
    '',
    ...table(declaredMetrics().filter(isOwn)),
    '',
    '## The dashboard',
    '',
    'These are of the dashboard alone: `services/dashboard/src/dashboard-metrics.ts`.',
    '',
    ...table(declaredDashboardMetrics()),
    '',
    '## The process',
    '',
    ...table(declaredMetrics().filter((metric) => !isOwn(metric))),
    '',
  ].join('\n');
}

if (import.meta.main) writeFileSync(METRICS_DOC, metricsDoc());
