import { type Change, compareChanges, type Sequence } from './scd-order.ts';

/** A change of a key with history. */
export type TrackedChange = Change & {
  /** Tells the contents of the tracked columns apart; see `contentHash`. */
  readonly tracked: number;
};

/** What a change of a history is in the table. */
export type Standing<C extends TrackedChange> =
  /** It began a version that ends before `end` (null: current), and shows the untracked columns of `latest`. */
  | { readonly kind: 'version'; readonly change: C; readonly end: Sequence | null; readonly latest: C }
  /** It equals the change before it in all tracked columns, and so is part of that one's version. */
  | { readonly kind: 'absorbed'; readonly change: C }
  | { readonly kind: 'deleted'; readonly change: C };

/** What a new change did to a history. */
export type Applied<C extends TrackedChange> = {
  /** The change that had the same sequence, and counts no longer. */
  readonly replaced: C | null;
  /** The change before it in the history. */
  readonly before: C | null;
  /** The change after it in the history. */
  readonly after: C | null;
  /** Every change that stands differently now, the new one first: three at most (C10). */
  readonly standing: readonly Standing<C>[];
};

/**
 * Slowly changing dimension type 2, over the history of one key: the changes that count, in the order of their sequences.
 * `history` may leave out what lies before the version that the change falls in or after; it must begin with a change
 * that began a version, or with a delete. Null: nothing changes (C1, C3). `compare` says whether a change counts rather
 * than a known one of the same sequence: when it is positive.
 */
export function applyScd2<C extends TrackedChange>(
  history: readonly C[],
  change: C,
  compare: (a: Change, b: Change) => number = compareChanges,
): Applied<C> | null {
  let at = history.length;
  while (at > 0 && history[at - 1]!.sequence >= change.sequence) at--;
  const replaced = history[at]?.sequence === change.sequence ? history[at]! : null;
  if (replaced !== null && compare(change, replaced) <= 0) return null;
  const skipped = replaced === null ? 0 : 1;
  const now = [...history.slice(0, at), change, ...history.slice(at + skipped)];

  const standing: Standing<C>[] = [standingOf(now, at)];
  const head = at === 0 ? -1 : headOf(now, at - 1);
  if (head >= 0) changed(standingOf(history, head), standingOf(now, head), standing);
  if (at + 1 < now.length) changed(standingOf(history, at + skipped), standingOf(now, at + 1), standing);
  return { replaced, before: now[at - 1] ?? null, after: now[at + 1] ?? null, standing };
}

/** What the change number `i` of a history is in the table. */
export function standingOf<C extends TrackedChange>(history: readonly C[], i: number): Standing<C> {
  const change = history[i]!;
  if (change.deleted) return { kind: 'deleted', change };
  if (absorbs(history[i - 1], change)) return { kind: 'absorbed', change };
  let last = i;
  while (absorbs(history[last], history[last + 1])) last++;
  return { kind: 'version', change, end: history[last + 1]?.sequence ?? null, latest: history[last]! };
}

/** Whether a change makes no version of its own behind another one (C9). */
export const absorbs = (before: TrackedChange | undefined, change: TrackedChange | undefined): boolean =>
  before !== undefined &&
  change !== undefined &&
  !before.deleted &&
  !change.deleted &&
  before.tracked === change.tracked;

/** The beginning of the version that the change number `i` is part of. */
function headOf(history: readonly TrackedChange[], i: number): number {
  let head = i;
  while (absorbs(history[head - 1], history[head])) head--;
  return head;
}

function changed<C extends TrackedChange>(was: Standing<C>, is: Standing<C>, into: Standing<C>[]): void {
  const same =
    was.kind === 'version' && is.kind === 'version'
      ? was.end === is.end && was.latest.content === is.latest.content
      : was.kind === is.kind;
  if (!same) into.push(is);
}
