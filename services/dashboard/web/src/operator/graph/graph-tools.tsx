import type { JSX, RefObject } from 'preact';
import { Icon } from '../../components/icon.tsx';
import { capital } from '../words.ts';
import { LANES, type Lane } from './shown-graph.ts';

type ToolsProps = {
  readonly lanes: readonly Lane[];
  readonly folded: ReadonlySet<Lane>;
  readonly onLane: (lane: Lane) => void;
  readonly scale: number;
  readonly onZoom: (factor: number) => void;
  readonly onFit: () => void;
  readonly moving: boolean;
  readonly onMoving: () => void;
};

/** What can be done with the picture by buttons; the keys are told in their titles. */
export function GraphTools(props: ToolsProps): JSX.Element {
  return (
    <div class="row graph-tools">
      <fieldset class="segmented" aria-label="Lanes on show">
        {LANES.filter((lane) => props.lanes.includes(lane)).map((lane) => (
          <button
            key={lane}
            type="button"
            aria-pressed={!props.folded.has(lane)}
            title={props.folded.has(lane) ? `Unfold ${lane}` : `Fold ${lane} into one box`}
            onClick={() => props.onLane(lane)}
          >
            {capital(lane)}
          </button>
        ))}
      </fieldset>
      <fieldset class="segmented" aria-label="Zoom">
        <button type="button" aria-label="Smaller" title="Smaller (-)" onClick={() => props.onZoom(1 / 1.25)}>
          −
        </button>
        <button
          type="button"
          title="All of it (0)"
          aria-label={`Fit; now ${Math.round(props.scale * 100)} percent`}
          onClick={props.onFit}
        >
          <span class="zoom-scale">{Math.round(props.scale * 100)}&nbsp;%</span>
        </button>
        <button type="button" aria-label="Larger" title="Larger (+)" onClick={() => props.onZoom(1.25)}>
          +
        </button>
      </fieldset>
      <button
        type="button"
        class="icon-button"
        aria-pressed={!props.moving}
        aria-label="Hold the flow still"
        title="Hold the flow still"
        onClick={props.onMoving}
      >
        <Icon name={props.moving ? 'pause' : 'play'} />
      </button>
    </div>
  );
}

type SearchProps = {
  readonly query: string;
  readonly hits: number;
  readonly onQuery: (query: string) => void;
  readonly onStep: (step: 1 | -1) => void;
  readonly input?: RefObject<HTMLInputElement>;
};

/** Finds tables: Enter goes to the next, Shift and Enter to the one before, Escape ends it. */
export function TableSearch({ query, hits, onQuery, onStep, input }: SearchProps): JSX.Element {
  return (
    <search class="table-search">
      <Icon name="search" />
      <input
        {...(input === undefined ? {} : { ref: input })}
        class="plain"
        type="search"
        aria-label="Find a table"
        placeholder="Find a table  /"
        value={query}
        onInput={(event) => onQuery(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1);
          else if (event.key === 'Escape') onQuery('');
          else return;
          event.preventDefault();
        }}
      />
      <span class="muted small hits" role="status">
        {query.trim() === '' ? '' : hits === 1 ? '1 found' : `${hits} found`}
      </span>
    </search>
  );
}
