import { newWatchdog, type Verdict, verdictOf, type Watchdog, type WatchdogEvent, watch } from './watchdog.ts';

/** What a piece of work tells the watchdog; once per batch. */
export type WorkProgress = {
  /** `pending` records wait; from now on progress is expected. 0 is the same as idle. */
  began(pending: number): void;
  /** A batch is done; the count of the stall timeout begins again. */
  made(): void;
  /** Nothing waits. */
  idle(): void;
};

/** Reports of progress: of the service as a whole, and of parts that must not hide each other's stall. */
export type Progress = WorkProgress & {
  /** The reports of one part (a flow, a partition); call its `idle` when the part ends. */
  of(name: string): WorkProgress;
};

/** The watchdog at work: reports come in, the verdict goes out. */
export type ProgressWatch = {
  readonly progress: Progress;
  verdict(): Verdict;
  stop(): void;
};

/** Where monotonic time and the processor time of this process come from, in milliseconds. */
export type ProcessTime = { nowMs(): number; cpuMs(): number };

const processTime: ProcessTime = {
  nowMs: () => performance.now(),
  cpuMs() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
};

const MAX_TICK_MS = 1_000;

/** Watches the progress of this process; `onHopeless` is called once, at twice the stall timeout. */
export function watchProgress(
  stallMs: number,
  onHopeless: (verdict: Extract<Verdict, { state: 'hopeless' }>) => void,
  time: ProcessTime = processTime,
): ProgressWatch {
  const tickMs = Math.min(MAX_TICK_MS, stallMs / 10);
  let state: Watchdog = newWatchdog({ stallMs, lateMs: 5 * tickMs }, time.nowMs(), time.cpuMs());
  const feed = (event: WatchdogEvent): void => {
    state = watch(state, event, time.nowMs());
  };
  const verdict = (): Verdict => {
    // a probe may be answered before the timer fires after a suspension, so each verdict ticks first
    feed({ type: 'tick', cpuMs: time.cpuMs() });
    return verdictOf(state, time.nowMs());
  };
  const timer = setInterval(() => {
    const now = verdict();
    if (now.state !== 'hopeless') return;
    clearInterval(timer);
    onHopeless(now);
  }, tickMs);
  timer.unref();
  const of = (name: string): WorkProgress => ({
    began: (pending) => feed({ type: 'began', name, pending }),
    made: () => feed({ type: 'made', name }),
    idle: () => feed({ type: 'idle', name }),
  });
  return { progress: { ...of('service'), of }, verdict, stop: () => clearInterval(timer) };
}
