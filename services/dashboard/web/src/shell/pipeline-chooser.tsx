import type { JSX } from 'preact';
import { path } from '../router/match.ts';
import { currentPath, navigate } from '../router/router.ts';
import { chosenPipeline, pipelines } from '../state/pipelines.ts';

/** The same kind of page of another pipeline; those about Santa have no other, so his are left for the tables. */
const pageOf = (name: string): string => {
  const [kind, , , page] = currentPath.peek().split('/');
  if (kind === '' && currentPath.peek().startsWith('/operator')) {
    const tab = page !== undefined && page !== 'tables' ? `/${page}` : '';
    return path('operator', name) + tab;
  }
  return path('pipelines', name);
};

/** Which pipeline the tables and the operator's page are about. */
export function PipelineChooser(): JSX.Element {
  const chosen = chosenPipeline.value;
  const names = (pipelines.value ?? []).map((pipeline) => pipeline.name);
  const shown = names.includes(chosen) ? names : [chosen, ...names];
  return (
    <select
      class="plain"
      aria-label="Pipeline"
      value={chosen}
      onChange={(event) => navigate(pageOf(event.currentTarget.value), { keepFocus: true })}
    >
      {shown.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
