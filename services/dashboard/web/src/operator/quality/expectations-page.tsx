import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Expectation } from '../../api/contract.ts';
import { useResource } from '../../api/resource.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { Card } from '../../components/card.tsx';
import { type DataColumn, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { count, percent } from '../../format/numbers.ts';
import { currentSearch } from '../../router/router.ts';
import { apiPath, sectionPath } from '../addresses.ts';
import { Answer } from '../parts/answer.tsx';
import { Choice } from '../parts/filters.tsx';
import { paced } from '../parts/paced.ts';
import { RuleHistory } from './rule-history.tsx';
import { failingFirst, recentText } from './rules.ts';

const PACE_MS = 5_000;

/** What the expectations found: per table and rule, those that fail first. */
export function ExpectationsPage({ pipeline }: { pipeline: string }): JSX.Element {
  const merge = useMemo(() => paced(PACE_MS), []);
  const all = useResource<readonly Expectation[]>(apiPath(pipeline, ['expectations']), {
    pipeline,
    channel: 'status',
    merge,
  });
  const search = currentSearch.value;
  const [table, rule] = [search.get('table'), search.get('rule')];
  return (
    <div class="stack fit">
      {table !== null && rule !== null && (
        <RuleHistory key={`${table} ${rule}`} pipeline={pipeline} table={table} rule={rule} />
      )}
      <Card title="Rules" note="what fails most, first">
        <Answer of={all} lines={8}>
          {(rules) => (
            <>
              <div class="row filters">
                <Choice
                  label="Table"
                  name="table"
                  value={table}
                  options={[...new Set(rules.map((each) => each.table))]}
                  resets={['rule']}
                />
              </div>
              <RuleTable pipeline={pipeline} rules={rules.filter((each) => table === null || each.table === table)} />
            </>
          )}
        </Answer>
      </Card>
    </div>
  );
}

/** Rules with their counts; each name leads to what became of it over time. */
export function RuleTable({ pipeline, rules }: { pipeline: string; rules: readonly Expectation[] }): JSX.Element {
  const columns = useMemo(() => columnsOf(pipeline), [pipeline]);
  const rows = useMemo(() => failingFirst(rules), [rules]);
  if (rows.length === 0) return <EmptyState title="No rule is declared">Rows are taken as they come.</EmptyState>;
  return (
    <DataTable
      caption="Expectations"
      captionHidden
      columns={columns}
      rows={rows}
      rowKey={(row) => `${row.table} ${row.rule}`}
    />
  );
}

const columnsOf = (pipeline: string): readonly DataColumn<Expectation>[] => [
  {
    ...{ key: 'rule', label: 'Rule', names: true, value: (row) => row.rule },
    show: (row) => (
      <span class="two-lines">
        <a href={sectionPath(pipeline, 'expectations', { table: row.table, rule: row.rule })}>{row.rule}</a>
        <span class="muted small">{row.description}</span>
      </span>
    ),
  },
  {
    ...{ key: 'failed', label: 'Failed', numeric: true, value: (row) => row.failed },
    show: (row) => <span class={row.failed > 0 ? 'tone warn' : ''}>{count(row.failed)}</span>,
  },
  {
    key: 'rate',
    label: 'Rate',
    numeric: true,
    value: (row) => row.failedRate,
    show: (row) => percent(row.failedRate, 2),
  },
  { key: 'records', label: 'Judged', numeric: true, value: (row) => row.records, show: (row) => count(row.records) },
  {
    ...{
      key: 'recent',
      label: 'Failed, last 30 minutes',
      value: (row) => row.recent.reduce((sum, n) => sum + n, 0),
      type: 'long',
    },
    show: (row) =>
      row.recent.length === 0 ? (
        <span class="muted small">leaves no trace that says when</span>
      ) : (
        <span class="spark-cell">
          <Sparkline values={row.recent} />
          <span class="muted small">{recentText(row.recent)}</span>
        </span>
      ),
  },
  { key: 'table', label: 'Table', value: (row) => row.table, show: (row) => row.table },
  { key: 'action', label: 'If broken', value: (row) => row.action, show: (row) => row.action },
  {
    ...{ key: 'rows', label: 'Rows', value: () => null },
    show: (row) =>
      row.dropped > 0 || row.failed > 0 ? (
        <a href={sectionPath(pipeline, 'quarantine', { table: row.table, rule: row.rule })}>
          Sample rows<span class="visually-hidden"> that broke {row.rule}</span>
        </a>
      ) : null,
  },
];
