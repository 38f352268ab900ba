import { type Folds, LANES, type Lane } from './shown-graph.ts';

/** What an address says is folded away: `lanes=silver,gold&behind=table`. */
export function foldsOf(lanes: string | null, behind: string | null): Folds {
  const named = new Set(lanes?.split(','));
  return {
    lanes: new Set(LANES.filter((lane) => named.has(lane))),
    behind: new Set(behind?.split(',').filter(Boolean)),
  };
}

/** Names of tables have no comma, so that a list of them needs no escape. */
export const foldsText = ({ lanes, behind }: Folds): { readonly lanes: string; readonly behind: string } => ({
  lanes: [...lanes].join(','),
  behind: [...behind].join(','),
});

export function laneToggled({ lanes, behind }: Folds, lane: Lane): Folds {
  return { lanes: toggled(lanes, lane), behind };
}

export function behindToggled({ lanes, behind }: Folds, id: string): Folds {
  return { lanes, behind: toggled(behind, id) };
}

function toggled<T>(set: ReadonlySet<T>, item: T): ReadonlySet<T> {
  const next = new Set(set);
  if (!next.delete(item)) next.add(item);
  return next;
}
