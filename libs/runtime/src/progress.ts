/** Where a flow says that it works, so that a watchdog can tell waiting from being stuck. */
export interface Progress {
  /** Work is in hand: `pending` records. */
  began(pending: number): void;
  /** Some of it is done. */
  made(): void;
  /** Nothing is in hand. */
  idle(): void;
}

/** Watches nothing. */
export const noProgress: Progress = { began() {}, made() {}, idle() {} };
