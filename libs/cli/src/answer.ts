/** How a command ended: fine, failed, wrong usage, or it ran and what it checked is not in order. */
export const EXIT = { fine: 0, failed: 1, usage: 2, checksFailed: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command found: data for programs (`--json`), lines for people, and how it ended. */
export type Answer = {
  readonly data: unknown;
  readonly lines: readonly string[];
  readonly exit: ExitCode;
};

/** An answer that says that all is well. */
export const fine = (data: unknown, lines: readonly string[]): Answer => ({ data, lines, exit: EXIT.fine });

/** What commands are given beside their arguments. */
export type Surroundings = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  /** Data, on standard output. */
  readonly out: (text: string) => void;
  /** All else, on standard error. */
  readonly say: (text: string) => void;
  /** Aborted when a person has seen enough. */
  readonly signal: AbortSignal;
};
