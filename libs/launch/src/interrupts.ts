/** Being told to stop. */
export type Interrupts = {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Resolves with the name of the first signal. */
  readonly first: Promise<string>;
  /** Calls back when a person has had enough of waiting. */
  onSecond(callback: () => void): void;
  /** As if a signal had come. */
  raise(reason: string): void;
};

/** One press of Ctrl-C reaches this process up to three times: from the terminal, from npm, from the bootstrap. */
const SAME_PRESS_MS = 700;

/** Listens for SIGINT, SIGTERM and SIGHUP until the process ends. */
export function listenForInterrupts(): Interrupts {
  const controller = new AbortController();
  const { promise: first, resolve } = Promise.withResolvers<string>();
  let firstMs: number | undefined;
  let second: () => void = () => {};
  const raise = (reason: string): void => {
    if (firstMs === undefined) {
      firstMs = performance.now();
      controller.abort(new Error(`told to stop by ${reason}`));
      resolve(reason);
    } else if (performance.now() - firstMs > SAME_PRESS_MS) second();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => raise(name));
  return {
    signal: controller.signal,
    first,
    onSecond(callback) {
      second = callback;
    },
    raise,
  };
}
