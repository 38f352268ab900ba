import { type Clock, type Instant, isMedallionError, isoString, messageOf } from '@medallion/core';
import { maskCredentials } from './mask.ts';

/**
 * The life of a service:
 *
 *   starting ──▶ ready ──▶ draining ──▶ stopped
 *       │          │          │  ▲
 *       └──────────┴──────────┴──┼──▶ failed
 *       └────────────────────────┘ (told to stop while starting)
 */
export type HealthState = 'starting' | 'ready' | 'draining' | 'stopped' | 'failed';

const next: Readonly<Record<HealthState, readonly HealthState[]>> = {
  starting: ['ready', 'draining', 'failed'],
  ready: ['draining', 'failed'],
  draining: ['stopped', 'failed'],
  stopped: [],
  failed: [],
};

/** What went wrong, and what a person can do about it. */
export type Trouble = { readonly code: string; readonly message: string; readonly remedy: string };

/** The state of something that the service needs, as its caller sees it. */
export type Check = { readonly ok: true; readonly message?: string } | ({ readonly ok: false } & Trouble);

/** What `/readyz?verbose` shows. */
export type HealthReport = {
  readonly state: HealthState;
  readonly since: string;
  readonly ready: boolean;
  readonly checks: readonly ({ readonly name: string; readonly since: string } & Check)[];
  /** Why the service failed. */
  readonly trouble?: Trouble;
};

/** The health of a service: its state, and named checks that the caller sets as things change. */
export type Health = {
  readonly state: HealthState;
  /** Sets a check; the instant shown is that of the last change between ok and failed. */
  set(name: string, check: Check): void;
  /** Removes the check of something that is no longer needed, such as a revoked partition. */
  remove(name: string): void;
  /** Moves on; false when this step is not in the diagram, and nothing changes. */
  moveTo(state: 'ready' | 'draining' | 'stopped'): boolean;
  /** Moves to `failed`; the first trouble stays. */
  fail(trouble: Trouble): boolean;
  report(): HealthReport;
};

/** Code, message and remedy of anything that was thrown; credentials are masked. */
export function troubleOf(error: unknown): Trouble {
  const message = maskCredentials(messageOf(error));
  if (isMedallionError(error)) return { code: error.code, message, remedy: maskCredentials(error.remedy) };
  return { code: 'MED_UNEXPECTED', message, remedy: 'see the log for the stack' };
}

/** A failed check from an error. */
export const failedCheck = (error: unknown): Check => ({ ok: false, ...troubleOf(error) });

/**
 * A service that is starting and has no checks. Checks are few and named by the code, never by data.
 *
 * @example health.set('kafka', { ok: false, code: 'MED_LOG_UNAVAILABLE', message: '…', remedy: '…' })
 */
export function createHealth(clock: Clock): Health {
  let state: HealthState = 'starting';
  let since = clock.now();
  let failure: Trouble | undefined;
  const checks = new Map<string, { check: Check; since: Instant }>();
  const moveTo = (to: HealthState): boolean => {
    if (!next[state].includes(to)) return false;
    state = to;
    since = clock.now();
    return true;
  };
  return {
    get state() {
      return state;
    },
    set(name, check) {
      const known = checks.get(name);
      checks.set(name, { check, since: known?.check.ok === check.ok ? known.since : clock.now() });
    },
    remove: (name) => void checks.delete(name),
    moveTo,
    fail(trouble) {
      if (!moveTo('failed')) return false;
      failure = trouble;
      return true;
    },
    report: () => ({
      state,
      since: isoString(since),
      ready: state === 'ready' && [...checks.values()].every(({ check }) => check.ok),
      checks: [...checks].map(([name, entry]) => ({ name, since: isoString(entry.since), ...entry.check })),
      ...(failure === undefined ? {} : { trouble: failure }),
    }),
  };
}
