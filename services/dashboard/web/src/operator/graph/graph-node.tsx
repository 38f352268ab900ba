import type { JSX } from 'preact';
import type { GraphNode, TableStatus } from '../../api/contract.ts';
import { Moment } from '../../components/age.tsx';
import { Icon } from '../../components/icon.tsx';
import { age, duration } from '../../format/durations.ts';
import { compact, NONE, perSecond } from '../../format/numbers.ts';
import { StateIcon } from '../parts/state-badge.tsx';
import { marked } from '../search.ts';
import { LOOKS, type State } from '../states.ts';
import { capital, counted, freshnessText, kindText, lagText, shortName, shortWhy } from '../words.ts';
import type { Density, PlacedNode } from './layout.ts';
import type { Lane, ShownNode } from './shown-graph.ts';

type NodeProps = {
  readonly shown: ShownNode;
  readonly at: PlacedNode;
  readonly density: Density;
  /** Whether names go without what their lane says anyhow. */
  readonly short: boolean;
  /** What it reads: its arrows in words. */
  readonly reads: readonly string[];
  readonly status: TableStatus | null;
  /** The states of what a folded lane stands for. */
  readonly states: readonly { readonly state: State; readonly count: number }[];
  readonly state: State;
  readonly query: string;
  readonly hit: boolean;
  readonly dimmed: boolean;
  readonly href: string;
  readonly onFold: () => void;
};

/** Letters of a name that a box has room for. */
const ROOM: Readonly<Record<Density, number>> = { full: 24, medium: 17, brief: 16 };

/** Lanes of which a name is too long: there all are short, so that like ones look alike. */
export const shortLanes = (nodes: readonly ShownNode[], density: Density): ReadonlySet<Lane> =>
  new Set(nodes.filter(({ id, folded }) => !folded && id.length > ROOM[density]).map(({ lane }) => lane));

/** A name with what was searched for marked. */
export const Name = ({ text, query }: { text: string; query: string }): JSX.Element => (
  <>{marked(text, query).map((piece, i) => (piece.hit ? <mark key={`${i}`}>{piece.text}</mark> : piece.text))}</>
);

/** One box of the graph. */
export function NodeBox(props: NodeProps): JSX.Element {
  const { shown, at, state } = props;
  const [node] = shown.members;
  const source = shown.lane === 'source' && !shown.folded;
  const tone = source ? 'source' : LOOKS[state].tone;
  return (
    <li
      class={`node ${tone} ${props.density} ${props.hit ? 'hit' : ''} ${props.dimmed ? 'dimmed' : ''} ${shown.foldable || shown.folded ? 'foldable' : ''}`}
      data-id={shown.id}
      style={{ left: `${at.x}px`, top: `${at.y}px`, width: `${at.width}px`, height: `${at.height}px` }}
    >
      {shown.folded ? (
        <FoldedLane {...props} />
      ) : source ? (
        <Source node={node as GraphNode} {...props} />
      ) : (
        <Table {...props} />
      )}
      {(shown.foldable || shown.folded) && (
        <button
          type="button"
          class="fold"
          aria-expanded={shown.hidden === 0 && !shown.folded}
          aria-label={shown.folded ? `Unfold ${shown.lane}` : `What is behind ${shown.id}`}
          title={shown.hidden > 0 || shown.folded ? 'Unfold' : 'Fold away what is behind'}
          onClick={props.onFold}
        >
          {shown.hidden > 0 ? `+${shown.hidden}` : <Icon name={shown.folded ? 'chevrons-up-down' : 'minus'} />}
        </button>
      )}
    </li>
  );
}

/** Where a table is in the picture, for those who do not see it. */
const placeText = ({ lane, members: [node] }: ShownNode, reads: readonly string[]): string =>
  `, ${lane} ${kindText(node?.kind ?? 'table')}${reads.length === 0 ? '' : `, reads ${reads.join(', ')}`}.`;

const Source = ({ node, shown, short, query }: NodeProps & { node: GraphNode }): JSX.Element => (
  <div class="node-source" title={node.id}>
    <strong class="node-name">
      <Name text={short ? shortName(node.id, shown.lane) : node.id} query={query} />
    </strong>
    <span class="muted">{kindText(node.kind)}</span>
  </div>
);

function FoldedLane({ shown, state, states }: NodeProps): JSX.Element {
  return (
    <>
      <div class="node-head">
        <StateIcon state={state} />
        <strong class="node-name">
          {capital(shown.lane)}: {counted(shown.members.length, 'table')}
        </strong>
      </div>
      <p class="node-line muted">
        {states.map(({ state: each, count }) => `${count} ${LOOKS[each].word.toLowerCase()}`).join(', ')}
      </p>
    </>
  );
}

function Table({ shown, status, state, density, short, reads, query, href }: NodeProps): JSX.Element {
  const name = short ? shortName(shown.id, shown.lane) : shown.id;
  return (
    <>
      <div class="node-head">
        <StateIcon state={state} />
        <a
          class={`node-name ${name.length > ROOM[density] ? 'long' : ''}`}
          href={href}
          title={shown.id}
          {...(short ? { 'aria-label': shown.id } : {})}
        >
          <Name text={name} query={query} />
        </a>
        <span class="visually-hidden">
          {placeText(shown, reads)} {LOOKS[state].word}. {status?.why}
        </span>
      </div>
      {density === 'full' ? <FullLines status={status} state={state} /> : <BriefLine status={status} state={state} />}
      {density === 'medium' && <TimeLine status={status} />}
    </>
  );
}

function FullLines({ status, state }: { status: TableStatus | null; state: State }): JSX.Element {
  // Why it flows is told by the numbers below.
  const why = state === 'flowing' ? null : status?.why;
  return (
    <>
      <p class="node-line why" title={status?.why} aria-hidden="true">
        <b>{LOOKS[state].word}</b> {shortWhy(why ?? '')}
      </p>
      <p class="node-pair">
        <b>{perSecond(status?.rowsPerSecond)}</b>
        <span>lag {status === null ? NONE : <ShortLag status={status} />}</span>
      </p>
      <TimeLine status={status} />
    </>
  );
}

/** How far event time has come, where that is told, and how old the newest row is. */
const TimeLine = ({ status }: { status: TableStatus | null }): JSX.Element => (
  <p class="node-pair muted">
    {status?.watermark != null && (
      <span>
        <Watermark at={status.watermark} />
      </span>
    )}
    <Freshness freshness={status?.freshness ?? null} />
  </p>
);

const Watermark = ({ at }: { at: string }): JSX.Element => (
  <>
    <span class="visually-hidden">complete up </span>to <Moment at={at} />
  </>
);

const Freshness = ({ freshness }: { freshness: TableStatus['freshness'] }): JSX.Element => (
  <span title={`Newest row: ${freshnessText(freshness)}`}>
    {freshness === null
      ? 'no row yet'
      : `${freshness.origin === 'own' ? 'fresh' : 'inherited'} ${age(freshness.seconds)}`}
    {freshness?.origin === 'inherited' && <span class="visually-hidden"> from {freshness.from ?? 'an input'}</span>}
  </span>
);

const ShortLag = ({ status }: { status: TableStatus }): JSX.Element => (
  <span title={lagText(status)}>
    {compact(status.lagRecords)}
    {status.lagSeconds !== null && (status.lagRecords ?? 1) > 0 && ` · ${duration(status.lagSeconds)}`}
  </span>
);

const BriefLine = ({ status, state }: { status: TableStatus | null; state: State }): JSX.Element => (
  <p class="node-line">
    <b>{LOOKS[state].word}</b> {perSecond(status?.rowsPerSecond)}
    {(status?.lagRecords ?? 0) > 0 && ` · lag ${compact(status?.lagRecords)}`}
  </p>
);
