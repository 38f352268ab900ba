import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { ExpectationHistory } from '../../api/contract.ts';
import { useResource } from '../../api/resource.ts';
import { LineChart } from '../../charts/line-chart.tsx';
import { Moment } from '../../components/age.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Figure } from '../../components/figure.tsx';
import { Icon } from '../../components/icon.tsx';
import { compact, count } from '../../format/numbers.ts';
import { apiPath, sectionPath } from '../addresses.ts';
import { Answer } from '../parts/answer.tsx';
import { paced } from '../parts/paced.ts';
import { historyText } from './rules.ts';

const PACE_MS = 10_000;
type Bucket = { readonly start: string; readonly failed: number | null; readonly judged: number | null };

/** How often a rule was broken over time, and the ways on from there. */
export function RuleHistory({ pipeline, table, rule }: { pipeline: string; table: string; rule: string }): JSX.Element {
  const merge = useMemo(() => paced(PACE_MS), []);
  const history = useResource<ExpectationHistory>(apiPath(pipeline, ['expectations', table, rule, 'history']), {
    ...{ pipeline, channel: 'status', merge },
  });
  const data = history.data.value;
  const x = useMemo(() => data?.start.map((at) => Date.parse(at)) ?? [], [data]);
  const lines = useMemo(
    () => [{ label: 'Failed', colour: 4 as const, values: data?.failed ?? [], filled: true }],
    [data],
  );
  const buckets = useMemo(
    () =>
      data?.start.map(
        (start, i): Bucket => ({ start, failed: data.failed[i] ?? null, judged: data.judged[i] ?? null }),
      ) ?? [],
    [data],
  );
  return (
    <Figure
      title={rule}
      note={table}
      summary={data === null ? '' : historyText(data, Math.round((data.start.length * data.bucketSeconds) / 60))}
      busy={history.changing.value}
      actions={
        <>
          <a class="button" href={sectionPath(pipeline, 'quarantine', { table, rule })}>
            Sample rows
            <Icon name="arrow-right" />
          </a>
          <a class="button quiet" href={sectionPath(pipeline, 'expectations', { table })}>
            Close
          </a>
        </>
      }
      table={() => (
        <DataTable
          caption={`How often ${rule} was broken`}
          captionHidden
          columns={[
            {
              key: 'start',
              label: 'From',
              value: (row: Bucket) => row.start,
              show: (row) => <Moment at={row.start} />,
            },
            {
              key: 'failed',
              label: 'Failed',
              numeric: true,
              value: (row) => row.failed,
              show: (row) => count(row.failed),
            },
            {
              key: 'judged',
              label: 'Judged',
              numeric: true,
              value: (row) => row.judged,
              show: (row) => count(row.judged),
            },
          ]}
          rows={buckets}
          rowKey={(row) => row.start}
        />
      )}
    >
      <div class="history">
        <Answer of={history} lines={5}>
          {() => <LineChart x={x} lines={lines} final={null} format={compact} height={180} />}
        </Answer>
      </div>
    </Figure>
  );
}
