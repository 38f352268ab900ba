import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Graph, Status } from '../../api/contract.ts';
import { Moment } from '../../components/age.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Icon } from '../../components/icon.tsx';
import { count, perSecond } from '../../format/numbers.ts';
import { currentSearch, setSearch } from '../../router/router.ts';
import { tablePath } from '../addresses.ts';
import { Name } from '../graph/graph-node.tsx';
import { TableSearch } from '../graph/graph-tools.tsx';
import { Scroller } from '../parts/scroller.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { LOOKS, STATES } from '../states.ts';
import { counted, freshnessText, kindText, lagText } from '../words.ts';
import {
  filtered,
  firstOrder,
  type Order,
  orderOf,
  orderText,
  type Sort,
  sorted,
  stateOf,
  type TableRow,
  tableRows,
} from './table-rows.ts';

type TableListProps = {
  readonly pipeline: string;
  readonly graph: Graph;
  readonly status: Status | null;
  readonly narrow: boolean;
};

const COLUMNS: readonly { readonly by: Sort; readonly title: string; readonly numeric: boolean }[] = [
  { by: 'table', title: 'Table', numeric: false },
  { by: 'state', title: 'State', numeric: false },
  { by: 'rate', title: 'Rows', numeric: true },
  { by: 'lag', title: 'Lag', numeric: true },
  { by: 'watermark', title: 'Complete up to', numeric: true },
  { by: 'freshness', title: 'Newest row', numeric: false },
  { by: 'failed', title: 'Broke a rule', numeric: true },
];

/** The pipeline as a list: what the graph tells, to be sorted and filtered. */
export function TableList({ pipeline, graph, status, narrow }: TableListProps): JSX.Element {
  const search = currentSearch.value;
  const query = search.get('find') ?? '';
  const state = STATES.find((each) => each === search.get('state')) ?? null;
  const order = orderOf(search.get('sort'));
  const all = useMemo(() => tableRows(graph, status), [graph, status]);
  const rows = sorted(filtered(all, { query, state }), order);
  const sort = (by: Sort): void =>
    setSearch({ sort: orderText(by === order.by ? { by, descending: !order.descending } : firstOrder(by)) });
  return (
    <div class="table-list">
      <div class="graph-bar">
        <TableSearch query={query} hits={rows.length} onQuery={(text) => setSearch({ find: text })} onStep={() => {}} />
        <div class="row">
          <label class="field-inline">
            State
            <select
              class="plain"
              value={state ?? ''}
              onChange={(event) => setSearch({ state: event.currentTarget.value })}
            >
              <option value="">all</option>
              {STATES.map((each) => (
                <option key={each} value={each}>
                  {LOOKS[each].word.toLowerCase()}
                </option>
              ))}
            </select>
          </label>
          {narrow && (
            <label class="field-inline">
              Sort
              <select
                class="plain"
                value={order.by}
                onChange={(event) => setSearch({ sort: orderText(firstOrder(event.currentTarget.value as Sort)) })}
              >
                <option value="data">by the way of the data</option>
                {COLUMNS.map(({ by, title }) => (
                  <option key={by} value={by}>
                    {title.toLowerCase()}
                  </option>
                ))}
              </select>
            </label>
          )}
        </div>
      </div>
      {rows.length === 0 ? (
        <EmptyState title="No table is like that" />
      ) : narrow ? (
        <Cards rows={rows} pipeline={pipeline} query={query} />
      ) : (
        <Rows rows={rows} pipeline={pipeline} query={query} order={order} onSort={sort} />
      )}
    </div>
  );
}

type RowsProps = { readonly rows: readonly TableRow[]; readonly pipeline: string; readonly query: string };

function Rows({
  rows,
  pipeline,
  query,
  order,
  onSort,
}: RowsProps & { order: Order; onSort: (by: Sort) => void }): JSX.Element {
  return (
    <Scroller label="Tables of the pipeline">
      <table class="plain-table">
        <caption class="visually-hidden">Tables of {pipeline}</caption>
        <thead>
          <tr>
            {COLUMNS.map(({ by, title, numeric }) => (
              <th
                key={by}
                scope="col"
                class={numeric ? 'numeric' : ''}
                aria-sort={order.by !== by ? 'none' : order.descending ? 'descending' : 'ascending'}
              >
                <button type="button" class="sort" onClick={() => onSort(by)}>
                  {title}
                  <Icon name={order.by !== by ? 'chevrons-up-down' : order.descending ? 'arrow-down' : 'arrow-up'} />
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ node, status }) => (
            <tr key={node.id} class={LOOKS[stateOf(status)].tone}>
              <th scope="row">
                <a href={tablePath(pipeline, node.id)}>
                  <Name text={node.id} query={query} />
                </a>
                <span class="muted small">
                  {node.layer}, {kindText(node.kind)}
                </span>
              </th>
              <td class="state-cell">
                <StateBadge state={stateOf(status)} />
                <span class="muted small">{status?.why}</span>
              </td>
              <td class="numeric">{perSecond(status?.rowsPerSecond)}</td>
              <td class="numeric">{status === null ? '–' : lagText(status)}</td>
              <td class="numeric">
                <Moment at={status?.watermark ?? null} />
              </td>
              <td>{freshnessText(status?.freshness ?? null)}</td>
              <td class="numeric">{failures(status)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

const failures = (status: TableRow['status']): string =>
  status === null || status.judged === 0 ? '–' : `${count(status.failed)} of ${count(status.judged)}`;

/** The same where there is no room for columns. */
function Cards({ rows, pipeline, query }: RowsProps): JSX.Element {
  return (
    <ul class="table-cards">
      {rows.map(({ node, status }) => (
        <li key={node.id} class={LOOKS[stateOf(status)].tone}>
          <div class="table-card-head">
            <a href={tablePath(pipeline, node.id)}>
              <Name text={node.id} query={query} />
            </a>
            <StateBadge state={stateOf(status)} />
          </div>
          {status !== null && <p class="muted small">{status.why}</p>}
          <p class="small">
            {perSecond(status?.rowsPerSecond)} · lag {status === null ? '–' : lagText(status)}
          </p>
          <p class="small">Newest row {freshnessText(status?.freshness ?? null)}</p>
          {status !== null && status.failed > 0 && (
            <p class="small">{counted(status.failed, 'judgement')} broke a rule</p>
          )}
        </li>
      ))}
    </ul>
  );
}
