/**
 * Whether a service still makes progress, as a pure state machine per named piece of work (a flow, a partition):
 *
 *            began(pending > 0)              tick, no progress for stallMs
 *   resting ───────────────────▶ working ───────────────────────────────▶ stalled ── for another stallMs ─▶ hopeless
 *      ▲                         │  ▲  │ made: the count begins again        │
 *      └──────── idle ───────────┘  └──┘ ◀───────────── made ────────────────┘
 *
 * Time is monotonic. A tick that comes late while the process used no processor means that the process itself was
 * suspended (SIGSTOP, a laptop asleep, a frozen container): every count begins again, since nobody could have made
 * progress. A late tick of a busy process is a blocked event loop, and counts.
 */
export type Watchdog = {
  readonly limits: WatchdogLimits;
  readonly tickedMs: number;
  readonly cpuMs: number;
  readonly working: ReadonlyMap<string, { readonly pending: number; readonly sinceMs: number }>;
};

export type WatchdogLimits = {
  /** No progress for so long is a stall; for twice as long it is hopeless. */
  readonly stallMs: number;
  /** A tick is late when it comes this long after the former one. */
  readonly lateMs: number;
};

export type WatchdogEvent =
  | { readonly type: 'began'; readonly name: string; readonly pending: number }
  | { readonly type: 'made'; readonly name: string }
  | { readonly type: 'idle'; readonly name: string }
  /** `cpuMs`: processor time that the process has used since its start. */
  | { readonly type: 'tick'; readonly cpuMs: number };

/** The work that waits longest. */
type Stall = { readonly name: string; readonly pending: number; readonly stalledMs: number };

/** What the watchdog says at an instant. */
export type Verdict =
  | { readonly state: 'resting' }
  | { readonly state: 'working' }
  | ({ readonly state: 'stalled' } & Stall)
  | ({ readonly state: 'hopeless' } & Stall);

/** A watchdog with no work. */
export const newWatchdog = (limits: WatchdogLimits, nowMs: number, cpuMs: number): Watchdog => ({
  limits,
  tickedMs: nowMs,
  cpuMs,
  working: new Map(),
});

/** A process that used less than this share of a gap was not running in it. */
const AWAKE_SHARE = 0.25;

function ticked(state: Watchdog, cpuMs: number, nowMs: number): Watchdog {
  const gapMs = nowMs - state.tickedMs;
  const suspended = gapMs > state.limits.lateMs && cpuMs - state.cpuMs < gapMs * AWAKE_SHARE;
  const working = suspended
    ? new Map([...state.working].map(([name, { pending }]) => [name, { pending, sinceMs: nowMs }]))
    : state.working;
  return { ...state, tickedMs: nowMs, cpuMs, working };
}

/** The next state. `nowMs` is monotonic. */
export function watch(state: Watchdog, event: WatchdogEvent, nowMs: number): Watchdog {
  if (event.type === 'tick') return ticked(state, event.cpuMs, nowMs);
  const working = new Map(state.working);
  const known = working.get(event.name);
  switch (event.type) {
    case 'began':
      // more work behind work that waits does not begin a new count
      if (event.pending > 0) working.set(event.name, { pending: event.pending, sinceMs: known?.sinceMs ?? nowMs });
      else working.delete(event.name);
      break;
    case 'made':
      if (known !== undefined) working.set(event.name, { ...known, sinceMs: nowMs });
      break;
    case 'idle':
      working.delete(event.name);
      break;
  }
  return { ...state, working };
}

/** What the state means now; ask right after a tick, so that a suspension is seen first. */
export function verdictOf({ limits, working }: Watchdog, nowMs: number): Verdict {
  let longest: Stall | undefined;
  for (const [name, { pending, sinceMs }] of working) {
    const stalledMs = nowMs - sinceMs;
    if (longest === undefined || stalledMs > longest.stalledMs) longest = { name, pending, stalledMs };
  }
  if (longest === undefined) return { state: 'resting' };
  if (longest.stalledMs < limits.stallMs) return { state: 'working' };
  return { state: longest.stalledMs < 2 * limits.stallMs ? 'stalled' : 'hopeless', ...longest };
}
