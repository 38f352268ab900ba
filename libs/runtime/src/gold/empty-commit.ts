import type { GoldCommit } from '../ports/index.ts';

/** A commit that changes nothing. */
export const emptyCommit: GoldCommit = Object.freeze({
  leases: [],
  finalThrough: new Map(),
  deltas: new Map(),
  copies: [],
  changes: new Map(),
  quarantined: [],
  late: [],
  counts: [],
});
