import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { withQuery } from '../api/client.ts';
import type { RowPage, Table } from '../api/contract.ts';
import { reloadAlways, useResource } from '../api/resource.ts';
import { AsOfNote } from '../components/as-of-note.tsx';
import { Card } from '../components/card.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icon.tsx';
import { Problem } from '../components/problem.tsx';
import { RowTable } from '../components/row-table.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import type { Sort } from '../components/sort.ts';
import { ConditionBar } from './condition-bar.tsx';
import { type Condition, filterText } from './conditions.ts';

type RowPagesProps = { readonly pipeline: string; readonly table: Table; readonly address: string };

const LIMIT = 100;

const orderOf = (sort: Sort | null): string | undefined =>
  sort === null ? undefined : `${sort.down ? '-' : ''}${sort.key}`;

/** The rows of a table page by page, in any order and narrowed; the first page follows the commits. */
export function RowPages({ pipeline, table, address }: RowPagesProps): JSX.Element {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const [sort, setSort] = useState<Sort | null>(null);
  const [conditions, setConditions] = useState<readonly Condition[]>([]);
  const asked = { order: orderOf(sort), filter: conditions.map(filterText) };
  const first = cursors.length === 0;
  const following = useMemo(() => ({ pipeline, channel: 'commit', merge: reloadAlways, paceMs: 2_000 }), [pipeline]);
  const { data, problem, changing, reload } = useResource<RowPage>(
    withQuery(`${address}/rows`, { limit: LIMIT, cursor: cursors.at(-1), ...asked }),
    // Where one reads on further down, rows do not move under the eyes.
    first ? following : undefined,
  );
  const page = data.value;
  const restart = (): void => setCursors([]);
  return (
    <Card
      title="Rows"
      note={page === null ? undefined : <AsOfNote asOf={page.asOf} />}
      busy={changing.value}
      actions={
        <a class="button" href={withQuery(`${address}/rows`, { ...asked, format: 'csv' })} download>
          <Icon name="download" />
          CSV
        </a>
      }
    >
      <div class="figure">
        <ConditionBar
          table={table}
          conditions={conditions}
          onChange={(next) => {
            setConditions(next);
            restart();
          }}
        />
        {problem.value !== null && <Problem problem={problem.value} retry={() => void reload()} />}
        {page === null && problem.value === null && <Skeleton lines={10} />}
        {page !== null && (
          <RowTable
            caption={`Rows of ${table.name}`}
            columns={page.columns}
            rows={page.rows}
            captionHidden
            class="tall"
            sort={sort}
            onSort={(next) => {
              setSort(next);
              restart();
            }}
          />
        )}
        {page?.rows.length === 0 && (
          <EmptyState title={conditions.length > 0 ? 'No row fits' : 'No rows yet'}>
            {conditions.length > 0 ? 'Take a condition away to see more.' : 'They appear here with the next commit.'}
          </EmptyState>
        )}
        <nav class="pager" aria-label="Pages of rows">
          <button type="button" class="button" disabled={first} onClick={restart}>
            First
          </button>
          <button type="button" class="button" disabled={first} onClick={() => setCursors(cursors.slice(0, -1))}>
            Back
          </button>
          <span class="muted small">
            Page {cursors.length + 1}
            {first ? ', follows the commits' : ', stays as it was read'}
          </span>
          <button
            type="button"
            class="button"
            disabled={page?.nextCursor === null || page === null}
            onClick={() => {
              if (page?.nextCursor !== null && page !== null) setCursors([...cursors, page.nextCursor]);
            }}
          >
            Next
          </button>
        </nav>
      </div>
    </Card>
  );
}
