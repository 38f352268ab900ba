import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { QueryInfo, QueryParameters, QueryResult } from '../api/contract.ts';
import { reloadAlways, useResource } from '../api/resource.ts';
import '../styles/kpi.css';
import '../styles/bar-list.css';
import '../styles/table.css';
import '../styles/queries.css';
import { chartOfRows } from '../charts/chart-of.ts';
import { ChartView, chartText } from '../charts/chart-view.tsx';
import { AsOfNote } from '../components/as-of-note.tsx';
import { Card } from '../components/card.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icon.tsx';
import { Problem } from '../components/problem.tsx';
import { Prose } from '../components/prose.tsx';
import { RowTable } from '../components/row-table.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { count } from '../format/numbers.ts';
import { currentSearch, setSearch } from '../router/router.ts';
import { Page } from '../shell/page.tsx';
import { SANTA } from '../state/pipelines.ts';
import { Headline } from './headline.tsx';
import { ParameterForm } from './parameter-form.tsx';
import { known, parametersIn, queryAddress } from './query-address.ts';
import { SqlCard } from './sql-card.tsx';

const FOLLOWING = { pipeline: SANTA, channel: 'commit', merge: reloadAlways, paceMs: 2_000 };

const toSearch = (asked: QueryParameters): Record<string, string | null> => ({
  ...{ from: null, to: null, region: null, gift_type: null, city: null, limit: null },
  ...Object.fromEntries(Object.entries(asked).map(([name, value]) => [name, String(value)])),
});

/** One pre-built query: what it is asked with, its answer as number, chart, table and CSV, and its SQL. */
export function QueryPage({ name }: { name: string }): JSX.Element {
  const infos = useResource<readonly QueryInfo[]>('/api/queries').data.value;
  const info = infos?.find((each) => each.name === name) ?? null;
  const search = currentSearch.value;
  const parameters = useMemo(() => {
    const asked = parametersIn(search);
    return info === null ? asked : known(asked, info);
  }, [search, info]);
  // What an address names is asked only when it is known what the query knows.
  const ready = info !== null || Object.keys(parameters).length === 0;
  const { data, problem, changing, reload } = useResource<QueryResult>(
    ready ? queryAddress(name, parameters) : null,
    FOLLOWING,
  );
  const result = data.value;
  const shown = info ?? result?.query ?? null;
  return (
    <Page
      title={shown?.title ?? 'Query'}
      note={result !== null ? <AsOfNote asOf={result.asOf} /> : problem.value === null ? 'on its way' : null}
      tools={
        shown !== null && (
          <a class="button" href={queryAddress(name, parameters, 'csv')} download>
            <Icon name="download" />
            CSV
          </a>
        )
      }
    >
      <div class="stack">
        {shown !== null && (
          <p class="lead">
            <Prose text={shown.description} />
          </p>
        )}
        {shown !== null && (
          <Card title="Asked with">
            <ParameterForm info={shown} parameters={parameters} onAsk={(asked) => setSearch(toSearch(asked))} />
          </Card>
        )}
        {problem.value !== null && <Problem problem={problem.value} retry={() => void reload()} />}
        {result === null ? (
          problem.value === null && <Place key={shown === null ? 'all' : 'answer'} />
        ) : (
          <Answer result={result} busy={changing.value} />
        )}
      </div>
    </Page>
  );
}

const Place = (): JSX.Element => (
  <div class="card place" aria-hidden="true">
    <Skeleton />
  </div>
);

function Answer({ result, busy }: { result: QueryResult; busy: boolean }): JSX.Element {
  const chart = useMemo(() => chartOfRows(result.query.chart, result.rows), [result]);
  return (
    <div class="query-answer">
      {(result.headline !== null || chart !== null) && (
        <Card title="Answer" busy={busy}>
          <div class="figure">
            {result.headline !== null && <Headline headline={result.headline} />}
            {chart !== null && (
              <figure class="figure">
                <ChartView chart={chart} height={280} />
                <figcaption class="caption">{chartText(chart)}</figcaption>
              </figure>
            )}
          </div>
        </Card>
      )}
      <Card title="Rows" note={count(result.rows.length)} busy={busy}>
        {result.rows.length === 0 ? (
          <EmptyState title="No rows">
            Nothing fits what was asked. A longer time, or fewer conditions, may find some.
          </EmptyState>
        ) : (
          <RowTable
            caption={result.query.title}
            columns={result.columns}
            rows={result.rows}
            captionHidden
            class="tall"
          />
        )}
      </Card>
      <SqlCard sql={result.sql} values={result.values} />
    </div>
  );
}
