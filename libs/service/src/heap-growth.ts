import { setFlagsFromString } from 'node:v8';

/** Whether the heap is kept small, or may grow so that it is collected less often. */
export type HeapMode = 'small' | 'fast';

/**
 * A process that keeps up has time to collect its garbage often; one that catches up has not. From so much of a core in a
 * second on it counts as catching up: at 2,000 events/s a service needs a tenth of one, in a drain half of one and more.
 */
const BUSY = 0.35;
/** So many seconds of the other kind in a row change the mode: a burst does not. */
const SECONDS = 3;

/**
 * V8 lets the old generation of a small heap grow to four times what is alive before it collects it. By 1.4 times the same
 * work takes a third of the memory beside what is alive, and up to a half more CPU time when all of it is garbage of
 * large batches; docs/decisions/memory.md has the measurements.
 */
const FLAGS: Readonly<Record<HeapMode, string>> = {
  small: '--heap-growing-percent=40',
  fast: '--heap-growing-percent=0',
};

/**
 * The mode, second by second: `next` is given how much of a core the process used in the last one.
 *
 *   small ──3 busy seconds in a row──▶ fast ──3 others in a row──▶ small
 */
export class HeapModes {
  mode: HeapMode = 'small';
  #others = 0;

  next(cores: number): HeapMode {
    const fits = (cores >= BUSY ? 'fast' : 'small') === this.mode;
    this.#others = fits ? 0 : this.#others + 1;
    if (this.#others === SECONDS) {
      this.mode = this.mode === 'small' ? 'fast' : 'small';
      this.#others = 0;
    }
    return this.mode;
  }
}

/**
 * Keeps the heap of this process small while it keeps up, and lets it grow while it catches up, until the function that it
 * returns is called. V8 reads the flag at each collection, so it may change while the process runs.
 */
export function followLoad(apply: (flag: string) => void = setFlagsFromString): () => void {
  const modes = new HeapModes();
  let mode = modes.mode;
  apply(FLAGS[mode]);
  let before = { usage: process.cpuUsage(), at: performance.now() };
  const timer = setInterval(() => {
    const now = { usage: process.cpuUsage(), at: performance.now() };
    const cpuMs = (now.usage.user + now.usage.system - before.usage.user - before.usage.system) / 1_000;
    const next = modes.next(cpuMs / Math.max(1, now.at - before.at));
    before = now;
    if (next === mode) return;
    mode = next;
    apply(FLAGS[mode]);
  }, 1_000);
  timer.unref();
  return () => clearInterval(timer);
}
