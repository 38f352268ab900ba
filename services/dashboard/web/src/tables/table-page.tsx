import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import '../styles/kpi.css';
import '../styles/bar-list.css';
import '../styles/table.css';
import '../styles/queries.css';
import '../styles/tables.css';
import { Card } from '../components/card.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { title } from '../format/cells.ts';
import { path } from '../router/match.ts';
import { Page } from '../shell/page.tsx';
import { pipelines } from '../state/pipelines.ts';
import { ColumnList } from './column-list.tsx';
import { RowPages } from './row-pages.tsx';
import { SeriesFigure } from './series-figure.tsx';
import { kindText } from './table-text.ts';

/** Any table that Postgres has: a chart of its measures, its rows, and what its columns are. */
export function TablePage(props: { pipeline: string; table: string }): JSX.Element {
  const all = pipelines.value;
  const table = all?.find((each) => each.name === props.pipeline)?.tables.find((each) => each.name === props.table);
  const address = useMemo(
    () => `/api${path('pipelines', props.pipeline, 'tables', props.table)}`,
    [props.pipeline, props.table],
  );
  return (
    <Page
      title={title(props.table)}
      note={
        <>
          <code>{props.table}</code>
          {table === undefined ? '' : ` · ${kindText(table)}`}
        </>
      }
      tools={
        <a class="button" href={path('operator', props.pipeline, 'tables', props.table)}>
          Operator view
        </a>
      }
    >
      {all === null && <Skeleton lines={8} />}
      {all !== null && table === undefined && (
        <EmptyState title={`${props.pipeline} has no table named ${props.table}`}>
          <a href={path('pipelines', props.pipeline)}>See its tables</a>
        </EmptyState>
      )}
      {table !== undefined && (
        <div class="stack">
          {table.comment !== null && <p class="lead">{table.comment}</p>}
          {table.measures.length > 0 && table.stored && (
            <SeriesFigure pipeline={props.pipeline} table={table} address={address} />
          )}
          {table.stored ? (
            <RowPages pipeline={props.pipeline} table={table} address={address} />
          ) : (
            <EmptyState title="Its rows are not in Postgres">
              They are in the topic {table.topic ?? 'of the table'}; the operator's page shows a preview.
            </EmptyState>
          )}
          <Card title="Columns">
            <ColumnList table={table} />
          </Card>
        </div>
      )}
    </Page>
  );
}
