import type { JSX } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Graph, Status, TableStatus } from '../../api/contract.ts';
import { Skeleton } from '../../components/skeleton.tsx';
import { currentSearch, setSearch } from '../../router/router.ts';
import { stored } from '../../state/stored.ts';
import { tablePath } from '../addresses.ts';
import { found, next } from '../search.ts';
import { countStates, worst } from '../states.ts';
import { capital } from '../words.ts';
import { flowsAlong } from './flow.ts';
import { behindToggled, foldsOf, foldsText, laneToggled } from './folds-address.ts';
import { EdgeLabels, Edges } from './graph-edges.tsx';
import { GraphFacts } from './graph-facts.tsx';
import { NodeBox, shortLanes } from './graph-node.tsx';
import { GraphTools, TableSearch } from './graph-tools.tsx';
import type { Layout } from './layout.ts';
import { type ShownGraph, type ShownNode, shownGraph } from './shown-graph.ts';
import { usePointer, useSize } from './use-frame.tsx';
import { fit, pan, reveal, type Size, type View, zoom } from './viewport.ts';

type GraphViewProps = { readonly pipeline: string; readonly graph: Graph; readonly status: Status | null };

/** Pixels that an arrow key moves the picture. */
const KEY_PAN = 60;
const moving = stored<'yes' | 'no'>('flow-moves', ['yes', 'no'], 'yes');

/** The pipeline as a picture: its tables in lanes, and what flows between them. */
export function GraphView({ pipeline, graph, status }: GraphViewProps): JSX.Element {
  const search = currentSearch.value;
  const [lanes, behind] = [search.get('lanes'), search.get('behind')];
  const folds = useMemo(() => foldsOf(lanes, behind), [lanes, behind]);
  const shown = useMemo(() => shownGraph(graph, folds), [graph, folds]);
  const frame = useRef<HTMLElement>(null);
  const size = useSize(frame);
  const layout = useLayout(shown, size);
  const [looked, setLooked] = useState<string | null>(null);
  const query = search.get('find') ?? '';
  const hits = found(shown.nodes, query, (node) => node.members.flatMap(({ id, comment }) => [id, comment]));
  const [view, move, refit] = useView(layout, size);

  usePointer(
    frame,
    useCallback((dx: number, dy: number) => move((at, picture, room) => pan(at, dx, dy, picture, room)), [move]),
    useCallback((factor: number, at: { x: number; y: number }) => move((from) => zoom(from, factor, at)), [move]),
  );
  const zoomBy = (factor: number): void =>
    move((at, _, room) => zoom(at, factor, { x: room.width / 2, y: room.height / 2 }));
  const show = (id: string | null): void => {
    setLooked(id);
    const place = layout?.nodes.find((node) => node.id === id);
    if (place !== undefined) move((at, _, room) => reveal(at, place, room), false);
  };
  const step = (by: 1 | -1): void =>
    show(
      next(
        hits.map(({ id }) => id),
        looked,
        by,
      ),
    );
  const fold = (node: ShownNode): void =>
    setSearch(foldsText(node.folded ? laneToggled(folds, node.lane) : behindToggled(folds, node.id)));

  const onKeyDown = (event: KeyboardEvent): void => {
    const action = keyAction(event, move, zoomBy, refit);
    if (action === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  };
  const along = flowsAlong(shown.edges, status);
  const short = shortLanes(shown.nodes, layout?.density ?? 'full');
  const statuses = new Map(status?.tables.map((table) => [table.table, table]));
  const looks = shown.nodes.find(({ id }) => id === looked) ?? null;
  return (
    <div class="graph-view">
      <div class="graph-bar">
        <TableSearch query={query} hits={hits.length} onQuery={(text) => setSearch({ find: text })} onStep={step} />
        <GraphTools
          lanes={[...new Set(graph.nodes.map(({ layer }) => layer))]}
          folded={folds.lanes}
          onLane={(lane) => setSearch(foldsText(laneToggled(folds, lane)))}
          scale={view?.scale ?? 1}
          onZoom={zoomBy}
          onFit={refit}
          moving={moving.value === 'yes'}
          onMoving={() => {
            moving.value = moving.value === 'yes' ? 'no' : 'yes';
          }}
        />
      </div>
      <section
        ref={frame}
        class="graph-frame"
        aria-label="The pipeline as a graph; arrow keys move it, plus and minus zoom, 0 shows all of it"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is moved and zoomed by keys
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        {layout === null || view === null ? (
          <Skeleton />
        ) : (
          <div
            class="graph-canvas"
            style={{
              width: `${layout.width}px`,
              height: `${layout.height}px`,
              transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})`,
            }}
          >
            {layout.lanes.map((lane) => (
              <div
                key={lane.lane}
                class={`lane ${layout.direction}`}
                style={{
                  left: `${lane.x}px`,
                  top: `${lane.y}px`,
                  width: `${lane.width}px`,
                  height: `${lane.height}px`,
                }}
              >
                <span class={`lane-name ${lane.lane}`} aria-hidden="true">
                  {capital(lane.lane)}
                </span>
              </div>
            ))}
            <Edges layout={layout} edges={shown.edges} along={along} looked={looked} moving={moving.value === 'yes'} />
            <ol
              aria-label="Tables in the order of the data"
              onPointerOver={(event) => setLooked(idAt(event.target))}
              onPointerLeave={() => setLooked(null)}
              onFocusIn={(event) => show(idAt(event.target))}
            >
              {layout.nodes.map((at) => {
                const node = shown.nodes.find(({ id }) => id === at.id);
                if (node === undefined) return null;
                const own = node.members.flatMap(({ id }) => statuses.get(id) ?? []);
                const states = own.map(({ state }) => state);
                return (
                  <NodeBox
                    key={node.id}
                    shown={node}
                    at={at}
                    density={layout.density}
                    short={short.has(node.lane)}
                    reads={shown.edges.filter(({ target }) => target === node.id).map(({ source }) => source)}
                    status={node.folded ? null : (own[0] ?? null)}
                    state={worst(states)}
                    states={countStates(states)}
                    query={query}
                    hit={hits.includes(node)}
                    dimmed={query.trim() !== '' && !hits.includes(node)}
                    href={tablePath(pipeline, node.id)}
                    onFold={() => fold(node)}
                  />
                );
              })}
            </ol>
            <EdgeLabels layout={layout} edges={shown.edges} along={along} looked={looked} />
          </div>
        )}
      </section>
      <GraphFacts node={looks} status={looks === null ? null : statusOf(looks, statuses)} />
    </div>
  );
}

const statusOf = (node: ShownNode, statuses: ReadonlyMap<string, TableStatus>): TableStatus | null =>
  node.folded ? null : (statuses.get(node.id) ?? null);

const idAt = (target: EventTarget | null): string | null =>
  target instanceof Element ? (target.closest<HTMLElement>('.node')?.dataset.id ?? null) : null;

type Move = (to: (view: View, picture: Size, frame: Size) => View, byHand?: boolean) => void;

/** What is in sight: all of the picture, until somebody moves it by hand. */
function useView(layout: Layout | null, size: Size | null): readonly [View | null, Move, () => void] {
  const [view, setView] = useState<View | null>(null);
  const byHand = useRef(false);
  useEffect(() => {
    if (layout !== null && size !== null && !byHand.current) setView(fit(layout, size));
  }, [layout, size]);
  const move = useCallback<Move>(
    (to, hand = true) => {
      if (layout === null || size === null) return;
      byHand.current ||= hand;
      setView((at) => (at === null ? at : to(at, layout, size)));
    },
    [layout, size],
  );
  const refit = useCallback(() => {
    byHand.current = false;
    if (layout !== null && size !== null) setView(fit(layout, size));
  }, [layout, size]);
  return [view, move, refit];
}

/** The layout that is read best in the frame; the code that computes it is fetched when it is first needed. */
function useLayout(shown: ShownGraph, size: Size | null): Layout | null {
  const [layout, setLayout] = useState<Layout | null>(null);
  const key = useMemo(
    () => JSON.stringify([shown.nodes.map(({ id }) => id), shown.edges.map(({ id }) => id)]),
    [shown],
  );
  const [width, height] = [size?.width ?? 0, size?.height ?? 0];
  useEffect(() => {
    if (width === 0 || height === 0) return;
    let wanted = true;
    void import('./best-layout.ts').then(({ bestLayout }) => {
      if (wanted) setLayout(bestLayout(shown, { width, height }));
    });
    return () => {
      wanted = false;
    };
  }, [key, width, height]);
  return layout;
}

function keyAction(
  event: KeyboardEvent,
  move: Move,
  zoomBy: (factor: number) => void,
  refit: () => void,
): (() => void) | null {
  const by = (dx: number, dy: number) => () => move((at, picture, room) => pan(at, dx, dy, picture, room));
  switch (event.key) {
    case 'ArrowLeft':
      return by(KEY_PAN, 0);
    case 'ArrowRight':
      return by(-KEY_PAN, 0);
    case 'ArrowUp':
      return by(0, KEY_PAN);
    case 'ArrowDown':
      return by(0, -KEY_PAN);
    case '+':
    case '=':
      return () => zoomBy(1.25);
    case '-':
      return () => zoomBy(1 / 1.25);
    case '0':
      return refit;
    default:
      return null;
  }
}
