import type { StoredFile } from './storage/storage.ts';

/**
 * Which files are whole: those that were seen in the same version in two listings that are at least the settling time
 * apart. The clock of the machine that wrote them does not matter, nor does a time of change that was set by a copy.
 *
 *     unseen ──▶ settling ──the same version, so much later──▶ whole
 *                  ▲  └──another version──┐                       │
 *                  └──────────────────────┴──◀──another version───┘
 *
 * Memory: an entry for each file of the last listing.
 */
export class Settling {
  readonly #settleMs: number;
  #seen = new Map<string, { readonly version: string; readonly sinceMs: number }>();

  constructor(settleMs: number) {
    this.#settleMs = settleMs;
  }

  /** Takes a complete listing; `nowMs` is monotonic. Files that it lacks are forgotten. */
  whole(files: readonly StoredFile[], nowMs: number): readonly StoredFile[] {
    const before = this.#seen;
    this.#seen = new Map();
    return files.filter(({ path, version }) => {
      const known = before.get(path);
      const same = known?.version === version;
      const sinceMs = same ? known.sinceMs : nowMs;
      this.#seen.set(path, { version, sinceMs });
      // Also with no time to settle, it is two listings that must agree.
      return same && nowMs - sinceMs >= this.#settleMs;
    });
  }
}
