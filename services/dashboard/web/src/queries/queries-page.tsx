import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { QueryInfo, QueryResult } from '../api/contract.ts';
import { reloadAlways, useResource } from '../api/resource.ts';
import '../styles/kpi.css';
import '../styles/bar-list.css';
import '../styles/table.css';
import '../styles/queries.css';
import { chartOfRows } from '../charts/chart-of.ts';
import { ChartView } from '../charts/chart-view.tsx';
import { AsOfNote } from '../components/as-of-note.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icon.tsx';
import { Problem } from '../components/problem.tsx';
import { Prose } from '../components/prose.tsx';
import { RowTable } from '../components/row-table.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { path } from '../router/match.ts';
import { Page } from '../shell/page.tsx';
import { SANTA } from '../state/pipelines.ts';
import { Headline } from './headline.tsx';
import { queryAddress } from './query-address.ts';

/** So often a card is read anew at most: there are many of them, and each has a page of its own. */
const FOLLOWING = { pipeline: SANTA, channel: 'commit', merge: reloadAlways, paceMs: 10_000 };
const CARD_ROWS = 6;
/** Cards are asked for a little before they come into sight. */
const NEAR = { rootMargin: '300px' };

/** All pre-built queries, each as a card with its answer. */
export function QueriesPage(): JSX.Element {
  const { data, problem, reload } = useResource<readonly QueryInfo[]>('/api/queries');
  const infos = data.value;
  return (
    <Page title="Queries" note={infos === null ? 'on their way' : `${infos.length} questions, ready to ask`}>
      {problem.value !== null && infos === null && <Problem problem={problem.value} retry={() => void reload()} />}
      <div class="query-grid">
        {infos?.map((info) => (
          <QueryCard key={info.name} info={info} />
        ))}
        {infos === null && problem.value === null && Array.from({ length: 6 }, (_, index) => <Place key={index} />)}
      </div>
      {infos?.length === 0 && <EmptyState title="There are no pre-built queries" />}
    </Page>
  );
}

const Place = (): JSX.Element => (
  <div class="card query-card" aria-hidden="true">
    <Skeleton />
  </div>
);

/** Whether an element has come into sight; it stays so. */
function useSeen(): readonly [(element: HTMLElement | null) => void, boolean] {
  const [seen, setSeen] = useState(false);
  const [element, setElement] = useState<HTMLElement | null>(null);
  const watching = useRef<IntersectionObserver | null>(null);
  useEffect(() => {
    if (element === null || seen) return;
    watching.current = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
    }, NEAR);
    watching.current.observe(element);
    return () => watching.current?.disconnect();
  }, [element, seen]);
  return [setElement, seen];
}

function QueryCard({ info }: { info: QueryInfo }): JSX.Element {
  const [watch, seen] = useSeen();
  const { data, problem, reload } = useResource<QueryResult>(seen ? queryAddress(info.name, {}) : null, FOLLOWING);
  const result = data.value;
  const to = path('queries', info.name);
  return (
    <section class="card query-card" ref={watch} aria-label={info.title}>
      <header class="card-head">
        <h2>
          <a href={to}>{info.title}</a>
        </h2>
        <div class="card-actions">
          <a class="icon-button" href={queryAddress(info.name, {}, 'csv')} download aria-label={`${info.title} as CSV`}>
            <Icon name="download" />
          </a>
        </div>
      </header>
      <div class="card-body">
        <p class="muted small">
          <Prose text={info.description} />
        </p>
        {problem.value !== null && result === null && <Problem problem={problem.value} retry={() => void reload()} />}
        {result === null && problem.value === null && <Skeleton />}
        {result !== null && <Answer result={result} />}
      </div>
      <footer class="query-foot">{result === null ? '' : <AsOfNote asOf={result.asOf} />}</footer>
    </section>
  );
}

function Answer({ result }: { result: QueryResult }): JSX.Element {
  const chart = chartOfRows(result.query.chart, result.rows);
  return (
    <>
      {result.headline !== null && <Headline headline={result.headline} />}
      {result.rows.length === 0 ? (
        <EmptyState title="No rows">Nothing happened in this time; the query's page can look at another.</EmptyState>
      ) : chart === null ? (
        <RowTable
          caption={result.query.title}
          captionHidden
          sortable={false}
          columns={result.columns.slice(0, 4)}
          rows={result.rows.slice(0, CARD_ROWS)}
        />
      ) : (
        <ChartView
          chart={chart.kind === 'bar' ? { ...chart, bars: chart.bars.slice(0, CARD_ROWS) } : chart}
          height={170}
        />
      )}
    </>
  );
}
