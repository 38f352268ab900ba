import { parsePrometheus, type Sample } from '@medallion/service';

/** A failed check of `/readyz?verbose`. */
export type FailedCheck = {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  /** When it began to fail, ISO-8601. */
  readonly since: string;
};

/** What a service says of itself; null where it does not answer. */
export type OpsReport = {
  readonly samples: readonly Sample[];
  /** Whether all of its flows work. */
  readonly ready: boolean;
  readonly failed: readonly FailedCheck[];
};

const TIMEOUT_MS = 2_000;

type Check = { readonly ok: boolean } & FailedCheck;
type Readiness = {
  readonly status?: unknown;
  readonly since?: string;
  readonly checks?: readonly Check[];
  readonly trouble?: Omit<FailedCheck, 'name' | 'since'>;
};

/** Asks a service for its metrics and its readiness. */
export async function askService(url: string): Promise<OpsReport | null> {
  const get = (path: string): Promise<Response> => fetch(url + path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  try {
    const [metrics, readiness] = await Promise.all([
      get('/metrics').then((response) => response.text()),
      get('/readyz?verbose').then((response) => response.json() as Promise<Readiness>),
    ]);
    return { samples: parsePrometheus(metrics), ...readinessOf(readiness) };
  } catch {
    return null; // not up yet, or on its way down: its process says which
  }
}

/** A service is ready when it says so of at least one flow: before its flows have started it has nothing to say. */
export function readinessOf({ status, since, checks = [], trouble }: Readiness): Omit<OpsReport, 'samples'> {
  const failed = checks.filter((check) => !check.ok).map(({ ok: _, ...check }) => check);
  const own = trouble === undefined ? [] : [{ name: 'service', since: since ?? '', ...trouble }];
  return { ready: status === 'ready' && checks.length > 0, failed: [...own, ...failed] };
}
