import type { JSX } from 'preact';
import type { Status } from '../../api/contract.ts';
import { compact, perSecond } from '../../format/numbers.ts';
import { LOOKS, type Tone } from '../states.ts';
import { flowLook, together } from './flow.ts';
import type { Layout } from './layout.ts';
import type { ShownEdge } from './shown-graph.ts';

type EdgesProps = {
  readonly layout: Layout;
  readonly edges: readonly ShownEdge[];
  readonly status: Status | null;
  /** The box that is looked at: its arrows stand out. */
  readonly looked: string | null;
  /** Whether what flows moves. */
  readonly moving: boolean;
};

/** The arrows, each as wide as much flows on it. Who cannot see them finds the same facts in each table's own words. */
export function Edges({ layout, edges, status, looked, moving }: EdgesProps): JSX.Element {
  const flows = new Map(status?.edges.map((edge) => [`${edge.source} ${edge.target}`, edge]));
  const tones = new Map(status?.tables.map(({ table, state }) => [table, LOOKS[state].tone]));
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
      {layout.edges.map(({ id, path, middle }) => {
        const edge = shown.get(id);
        if (edge === undefined) return null;
        const flow = together(edge.members.flatMap(({ source, target }) => flows.get(`${source} ${target}`) ?? []));
        const look = flowLook(flow.recordsPerSecond);
        const near = looked !== null && (edge.source === looked || edge.target === looked);
        const waiting = (flow.lagRecords ?? 0) > 0;
        // A few records on their way are no trouble: the colour says that they wait too long.
        const late = waiting && edge.members.some(({ target }) => isTrouble(tones.get(target)));
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
            {(near || layout.density === 'full') && flow.recordsPerSecond !== null && (
              <text x={middle.x} y={middle.y - 6}>
                {perSecond(flow.recordsPerSecond)}
                {waiting && ` · lag ${compact(flow.lagRecords)}`}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

const isTrouble = (tone: Tone | undefined): boolean => tone === 'warn' || tone === 'bad';
