/** By which the changes of a key are ordered: numbers by size (timestamps and dates are numbers), texts by code unit. */
export type Sequence = number | string;

/** A change, as far as it decides what counts. */
export type Change = {
  readonly sequence: Sequence;
  readonly deleted: boolean;
  /** Tells contents apart: a hash of all columns, see `contentHash`; 0 for a delete. */
  readonly content: number;
};

/**
 * Which of two changes of a key counts (C2, C3): negative when `a` comes before `b`, positive when after, 0 when they are
 * one and the same. The greater sequence comes later; of equal ones a delete, and of two upserts the one whose content
 * has the greater hash: arbitrary, and the same in every order of arrival.
 */
export function compareChanges(a: Change, b: Change): number {
  if (a.sequence !== b.sequence) return a.sequence < b.sequence ? -1 : 1;
  if (a.deleted !== b.deleted) return a.deleted ? 1 : -1;
  return a.content - b.content;
}
