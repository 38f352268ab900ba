import type { Sample } from '@medallion/service';
import { parsePrometheus } from '@medallion/service';

/** A check of `/readyz?verbose`: of a flow, named `<pipeline>.<flow>`, or of the service itself. */
export type OpsCheck = {
  readonly name: string;
  readonly ok: boolean;
  readonly code: string | null;
  readonly message: string;
  readonly remedy: string | null;
};

/** What a service says of itself. */
export type OpsAnswer = {
  /** Its life as it tells it: starting, ready, draining, stopped or failed. */
  readonly state: string;
  readonly checks: readonly OpsCheck[];
  readonly samples: readonly Sample[];
};

/** A service has so long to answer. */
const TIMEOUT_MS = 1_000;
/** More of an answer is not read: metrics of a large pipeline are some hundred kilobytes. */
const MAX_BYTES = 4_194_304;
const MAX_CHECKS = 500;
const MAX_TEXT = 2_000;

/** Asks a service for its readiness and its metrics; null where it does not answer so in time. */
export async function askService(url: string, timeoutMs = TIMEOUT_MS): Promise<OpsAnswer | null> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const [readiness, metrics] = await Promise.all([get(url, '/readyz?verbose', signal), get(url, '/metrics', signal)]);
    return { ...readinessIn(JSON.parse(readiness)), samples: parsePrometheus(metrics) };
  } catch {
    return null;
  }
}

async function get(url: string, path: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url.replace(/\/$/, '') + path, { signal, redirect: 'error' });
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > MAX_BYTES) throw new RangeError(`more than ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, MAX_TEXT) : '');
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? textOf(value) : null);

/** Reads an answer of `/readyz?verbose`, of which nothing is taken for granted: it comes over the network. */
export function readinessIn(body: unknown): Omit<OpsAnswer, 'samples'> {
  if (!isObject(body)) throw new TypeError('no object');
  const checks = (Array.isArray(body.checks) ? body.checks : []).slice(0, MAX_CHECKS).filter(isObject).map(checkIn);
  const { trouble } = body;
  const own = isObject(trouble) ? [checkIn({ ...trouble, name: '', ok: false })] : [];
  return { state: textOf(body.state).slice(0, 40) || 'unknown', checks: [...own, ...checks] };
}

const checkIn = ({ name, ok, code, message, remedy }: Readonly<Record<string, unknown>>): OpsCheck => ({
  name: textOf(name),
  ok: ok === true,
  code: textOrNull(code),
  message: textOf(message),
  remedy: textOrNull(remedy),
});
