import type { JSX } from 'preact';
import { type Along, flowLook, flowText } from './flow.ts';
import type { Layout } from './layout.ts';
import type { ShownEdge } from './shown-graph.ts';

type EdgesProps = {
  readonly layout: Layout;
  readonly edges: readonly ShownEdge[];
  readonly along: ReadonlyMap<string, Along>;
  /** The box that is looked at: its arrows stand out. */
  readonly looked: string | null;
  /** Whether what flows moves. */
  readonly moving: boolean;
};

/** The arrows, each as wide as much flows on it. Who cannot see them finds the same facts in each table's own words. */
export function Edges({ layout, edges, along, looked, moving }: EdgesProps): JSX.Element {
  const shown = new Map(edges.map((edge) => [edge.id, edge]));
  return (
    <svg class="edges" width={layout.width} height={layout.height} aria-hidden="true" focusable="false">
      <defs>
        <marker
          id="arrow"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="8"
          markerHeight="8"
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0 0.5 7.5 4 0 7.5Z" />
        </marker>
      </defs>
      {layout.edges.map(({ id, path }) => {
        const edge = shown.get(id);
        if (edge === undefined) return null;
        const look = flowLook(along.get(id)?.recordsPerSecond ?? null);
        const near = isNear(edge, looked);
        const late = along.get(id)?.late === true;
        return (
          <g key={id} class={`edge ${near ? 'near' : looked === null ? '' : 'far'} ${late ? 'waiting' : ''}`}>
            <path d={path} stroke-width={look.width} marker-end="url(#arrow)" />
            {look.seconds !== null && moving && (
              <path
                class="dashes"
                d={path}
                stroke-width={look.width}
                style={{ animationDuration: `${look.seconds}s` }}
              />
            )}
          </g>
        );
      })}
    </svg>
  );
}

type LabelsProps = Omit<EdgesProps, 'moving'>;

/** What is written on the arrows: above all boxes, each where the layout keeps room for it. */
export function EdgeLabels({ layout, edges, along, looked }: LabelsProps): JSX.Element {
  const shown = new Map(edges.map((edge) => [edge.id, edge]));
  return (
    <div class={`edge-labels ${layout.direction}`} aria-hidden="true">
      {layout.edges.map(({ id, label }) => {
        const [edge, flow] = [shown.get(id), along.get(id)];
        const lines = flow === undefined ? [] : flowText(flow);
        if (edge === undefined || lines.length === 0) return null;
        return (
          <p
            key={id}
            class={`edge-label ${isNear(edge, looked) ? 'near' : ''} ${flow?.late ? 'waiting' : ''}`}
            style={{ left: `${label.x}px`, top: `${label.y}px` }}
          >
            {lines.map((line) => (
              <span key={line}>{line}</span>
            ))}
          </p>
        );
      })}
    </div>
  );
}

const isNear = ({ source, target }: ShownEdge, looked: string | null): boolean =>
  looked !== null && (source === looked || target === looked);
