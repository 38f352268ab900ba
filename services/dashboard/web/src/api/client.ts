import type { Problem } from './contract.ts';

const TIMEOUT_MS = 15_000;
/** What changes something may take longer: a redrive judges and sends thousands of records. */
const CHANGE_TIMEOUT_MS = 50_000;
const CACHED = 60;

/** An answer that is none: a problem that the service told, or with status 0 that it did not answer at all. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.name = 'ApiError';
    this.problem = problem;
  }

  get unreachable(): boolean {
    return this.problem.status === 0;
  }
}

/** Answers with their ETag, so that one that did not change is neither sent nor read again. */
const cache = new Map<string, { readonly etag: string; readonly body: unknown }>();

const remember = (url: string, etag: string, body: unknown): void => {
  cache.delete(url);
  cache.set(url, { etag, body });
  const oldest = cache.size > CACHED ? cache.keys().next().value : undefined;
  if (oldest !== undefined) cache.delete(oldest);
};

let onUnauthorised: () => void = () => {};
let csrf: string | null = null;

/** What is done when the session ended. */
export const whenUnauthorised = (then: () => void): void => {
  onUnauthorised = then;
};
/** Sent with everything that changes something. */
export const useCsrf = (token: string | null): void => {
  csrf = token;
};

const problemOf = async (response: Response): Promise<Problem> => {
  const fallback = {
    type: 'about:blank',
    title: response.statusText || 'The service refused',
    status: response.status,
    detail: `The service answered ${response.status}.`,
  };
  try {
    return { ...fallback, ...((await response.json()) as Partial<Problem>) };
  } catch {
    return fallback;
  }
};

const noAnswer = (error: unknown, timeoutMs: number): ApiError => {
  const late = error instanceof DOMException && error.name === 'TimeoutError';
  return new ApiError({
    type: 'about:blank',
    title: late ? 'No answer in time' : 'The dashboard cannot be reached',
    status: 0,
    detail: late
      ? `There was no answer within ${timeoutMs / 1000} s.`
      : 'It may be restarting; this page goes on trying.',
  });
};

async function send(url: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
  const timeoutMs = init.method === undefined ? TIMEOUT_MS : CHANGE_TIMEOUT_MS;
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    return await fetch(url, {
      ...init,
      credentials: 'same-origin',
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw noAnswer(error, timeoutMs);
  }
}

async function check(response: Response): Promise<Response> {
  if (response.ok || response.status === 304) return response;
  if (response.status === 401) onUnauthorised();
  throw new ApiError(await problemOf(response));
}

/** The answer to a GET; the very same object as long as it did not change. Throws ApiError. */
export async function getJson<T>(url: string, signal?: AbortSignal): Promise<T> {
  const known = cache.get(url);
  const headers: HeadersInit = { accept: 'application/json', ...(known ? { 'if-none-match': known.etag } : {}) };
  const response = await check(await send(url, { headers, cache: 'no-store' }, signal));
  if (response.status === 304 && known) return known.body as T;
  const body = (await response.json()) as T;
  const etag = response.headers.get('etag');
  if (etag !== null) remember(url, etag, body);
  return body;
}

async function change<T>(method: 'POST' | 'DELETE', url: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const headers: HeadersInit = {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(csrf === null ? {} : { 'x-csrf-token': csrf }),
  };
  const init: RequestInit = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await check(await send(url, init, signal));
  return (response.status === 204 ? null : await response.json()) as T;
}

/** The answer to a POST. Throws ApiError. */
export const postJson = <T>(url: string, body: unknown, signal?: AbortSignal): Promise<T> =>
  change('POST', url, body, signal);

/** The answer to a DELETE. Throws ApiError. */
export const deleteJson = <T>(url: string): Promise<T> => change('DELETE', url, undefined);

type QueryValue = string | number | null | undefined | readonly string[];

/** An address with the values that are there as its query. */
export function withQuery(path: string, values: Readonly<Record<string, QueryValue>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== null && one !== undefined && one !== '') query.append(name, String(one));
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}
