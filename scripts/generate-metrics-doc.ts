import { writeFileSync } from 'node:fs';
import { declaredMetrics } from '../libs/service/src/index.ts';

/** Where the page is kept. */
export const METRICS_DOC = new URL('../docs/metrics.md', import.meta.url);

const row = ({ name, kind, labels, help }: ReturnType<typeof declaredMetrics>[number]): string =>
  `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help.replaceAll('|', '\\|')} |`;

const table = (of: (name: string) => boolean): readonly string[] => [
  '| metric | kind | labels | what it is |',
  '|---|---|---|---|',
  ...declaredMetrics()
    .filter(({ name }) => of(name))
    .map(row),
];

/** The page of all metrics, in the order of the alphabet. */
export function metricsDoc(): string {
  const own = (name: string): boolean => name.startsWith('medallion_');
  return [
    '# Metrics',
    '',
    'Generated from `libs/service/src/metrics.ts` by `node scripts/generate-metrics-doc.ts`. Every service, the dashboard and the',
    'generator serve them on `/metrics`, in the text format of Prometheus. Names and labels are public API. Labels come from the',
    'plan, never from data: their number is bounded. What alerts make of them: [runbooks](runbooks/README.md).',
    '',
    ...table(own),
    '',
    '## The process',
    '',
    ...table((name) => !own(name)),
    '',
  ].join('\n');
}

if (import.meta.main) writeFileSync(METRICS_DOC, metricsDoc());
