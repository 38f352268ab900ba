import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Graph, Status } from '../api/contract.ts';
import { liveState } from '../api/live.ts';
import { type Resource, useResource } from '../api/resource.ts';
import { Segmented } from '../components/segmented.tsx';
import { currentSearch, setSearch } from '../router/router.ts';
import { apiPath } from './addresses.ts';
import { GraphView } from './graph/graph-view.tsx';
import { TableList } from './list/table-list.tsx';
import { Answer } from './parts/answer.tsx';
import { Services, Troubles } from './parts/troubles.tsx';

/** From so many tables on a list is the better start. */
const MANY = 30;

const few = window.matchMedia('(max-width: 700px)');
const narrow = signal(few.matches);
few.addEventListener('change', () => {
  narrow.value = few.matches;
});

const VIEWS = [
  { value: 'graph', label: 'Graph' },
  { value: 'list', label: 'List' },
] as const;

type OverviewProps = { readonly pipeline: string; readonly status: Resource<Status> };

/** What is wrong now, the services, and the pipeline as a graph or a list. */
export function OverviewPage({ pipeline, status }: OverviewProps): JSX.Element {
  const graph = useResource<Graph>(apiPath(pipeline, ['graph']));
  const now = status.data.value;
  return (
    <div class={`stack fit ${liveState.value.name === 'offline' ? 'stale' : ''}`}>
      <div class="now">
        <Troubles
          states={(now?.tables ?? []).map(({ state }) => state)}
          troubles={now?.troubles ?? null}
          away={status.problem.value}
        />
        <Services services={now?.services ?? null} />
      </div>
      <Answer of={graph} lines={8}>
        {(found) => {
          const tables = found.nodes.filter(({ layer }) => layer !== 'source').length;
          const standard = narrow.value || tables > MANY ? 'list' : 'graph';
          const view = VIEWS.find(({ value }) => value === currentSearch.value.get('view'))?.value ?? standard;
          return (
            <section class="card pipeline-card" aria-labelledby="tables-name">
              <h2 id="tables-name" class="visually-hidden">
                Tables
              </h2>
              <Segmented
                label="Show as"
                options={VIEWS}
                value={view}
                onChange={(chosen) => setSearch({ view: chosen })}
              />
              {view === 'graph' ? (
                <GraphView pipeline={pipeline} graph={found} status={now} />
              ) : (
                <TableList pipeline={pipeline} graph={found} status={now} narrow={narrow.value} />
              )}
            </section>
          );
        }}
      </Answer>
    </div>
  );
}
