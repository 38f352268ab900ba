import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
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
};

/** Finds tables: a slash leads to it, Enter goes to the next, Shift and Enter to the one before, Escape ends it. */
export function TableSearch({ query, hits, onQuery, onStep }: SearchProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const writing =
        event.target instanceof Element && event.target.closest('input, select, textarea, dialog') !== null;
      if (event.key !== '/' || writing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
  return (
    <search class="table-search">
      <Icon name="search" />
      <input
        ref={input}
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
        {query.trim() === '' ? null : hits === 1 ? '1 found' : `${hits} found`}
      </span>
    </search>
  );
}
