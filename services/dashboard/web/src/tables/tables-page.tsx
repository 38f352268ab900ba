import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { withQuery } from '../api/client.ts';
import type { Series, Table } from '../api/contract.ts';
import { reloadAlways, useResource } from '../api/resource.ts';
import '../styles/kpi.css';
import '../styles/bar-list.css';
import '../styles/table.css';
import '../styles/queries.css';
import '../styles/tables.css';
import { chartOfSeries } from '../charts/chart-of.ts';
import { ChartView } from '../charts/chart-view.tsx';
import { AsOfNote } from '../components/as-of-note.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Problem } from '../components/problem.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { title } from '../format/cells.ts';
import { labelOf } from '../format/units.ts';
import { path } from '../router/match.ts';
import { Page } from '../shell/page.tsx';
import { pipelines } from '../state/pipelines.ts';
import { kindText } from './table-text.ts';

const linkTo = (pipeline: string, table: Table): string => path('pipelines', pipeline, 'tables', table.name);

/** The gold tables of any pipeline, each with a chart, and what else of it is kept in Postgres. */
export function TablesPage({ pipeline }: { pipeline: string }): JSX.Element {
  const all = pipelines.value;
  const found = all?.find((each) => each.name === pipeline);
  const gold = found?.tables.filter((table) => table.layer === 'gold' && table.stored) ?? [];
  const others = found?.tables.filter((table) => table.layer !== 'gold' && table.stored) ?? [];
  return (
    <Page
      title={pipeline}
      note={
        found === undefined
          ? all === null
            ? 'on their way'
            : undefined
          : gold.length === 1
            ? 'one gold table'
            : `${gold.length} gold tables`
      }
    >
      {all === null && <Skeleton lines={6} />}
      {all !== null && found === undefined && (
        <EmptyState title={`No pipeline named ${pipeline} has tables here`}>
          {all.length === 0
            ? 'Start one, and it appears here by itself.'
            : `There are ${all.map((each) => each.name).join(', ')}.`}
        </EmptyState>
      )}
      <div class="query-grid">
        {gold.map((table) => (
          <TableCard key={table.name} pipeline={pipeline} table={table} />
        ))}
      </div>
      {found !== undefined && gold.length === 0 && (
        <EmptyState title="This pipeline has no gold table in Postgres yet">
          They are made when its gold service starts.
        </EmptyState>
      )}
      {others.length > 0 && <OtherTables pipeline={pipeline} tables={others} />}
    </Page>
  );
}

function TableCard({ pipeline, table }: { pipeline: string; table: Table }): JSX.Element {
  const following = useMemo(() => ({ pipeline, channel: 'commit', merge: reloadAlways, paceMs: 5_000 }), [pipeline]);
  const drawn = table.measures.length > 0;
  const address = drawn ? withQuery(`/api${linkTo(pipeline, table)}/series`, { points: 60 }) : null;
  const { data, problem, reload } = useResource<Series>(address, following);
  const chart = useMemo(() => (data.value === null ? null : chartOfSeries(data.value)), [data.value]);
  return (
    <section class="card query-card" aria-label={title(table.name)}>
      <header class="card-head">
        <h2>
          <a href={linkTo(pipeline, table)}>{title(table.name)}</a>
        </h2>
        <span class="card-note">{kindText(table)}</span>
      </header>
      <div class="card-body">
        {table.comment !== null && <p class="muted small">{table.comment}</p>}
        {problem.value !== null && data.value === null && (
          <Problem problem={problem.value} retry={() => void reload()} />
        )}
        {drawn && data.value === null && problem.value === null && <Skeleton />}
        {chart === null ? (
          (!drawn || data.value !== null) && (
            <EmptyState title={drawn ? 'No rows yet' : 'No numbers to draw'}>
              <a href={linkTo(pipeline, table)}>See its rows</a>
            </EmptyState>
          )
        ) : (
          <>
            <p class="small">{labelOf(chart.measure)}</p>
            <ChartView chart={chart.kind === 'bar' ? { ...chart, bars: chart.bars.slice(0, 6) } : chart} height={230} />
          </>
        )}
      </div>
      <footer class="query-foot">{data.value === null ? '' : <AsOfNote asOf={data.value.asOf} />}</footer>
    </section>
  );
}

const OtherTables = ({ pipeline, tables }: { pipeline: string; tables: readonly Table[] }): JSX.Element => (
  <section class="card other-tables" aria-label="Other tables">
    <header class="card-head">
      <h2>Bronze and silver tables that are kept here too</h2>
    </header>
    <ul class="card-body table-list">
      {tables.map((table) => (
        <li key={table.name}>
          <a href={linkTo(pipeline, table)}>{table.name}</a>
          <span class="chip">{table.layer}</span>
          <span class="muted small">{table.comment ?? kindText(table)}</span>
        </li>
      ))}
    </ul>
  </section>
);
