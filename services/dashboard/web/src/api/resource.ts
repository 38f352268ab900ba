import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { ApiError, getJson } from './client.ts';
import type { Problem } from './contract.ts';
import { listen } from './live.ts';

/** What a page shows of an address: the last answer stays while there is no newer one. */
export type Resource<T> = {
  readonly data: ReadonlySignal<T | null>;
  readonly problem: ReadonlySignal<Problem | null>;
  /** Whether what is on show is of another address than asked for now. */
  readonly changing: ReadonlySignal<boolean>;
  /** When the last answer came, in epoch milliseconds. */
  readonly at: ReadonlySignal<number | null>;
  reload(): Promise<void>;
};

/** How a resource follows a channel of the live stream. */
export type Following<T> = {
  readonly pipeline: string;
  readonly channel: string;
  /** What the data is after a message: itself changed, or `reload` where the message alone does not say. */
  merge(data: T, message: unknown): T | 'reload';
  /** Not sooner than this after a reload the next one, in milliseconds; 1,000 where nothing is said. */
  readonly paceMs?: number;
};

/** Not sooner than this after a reload the next one: commits come several times a second. */
const PACE_MS = 1_000;

class Loader<T> {
  readonly data = signal<T | null>(null);
  readonly problem = signal<Problem | null>(null);
  readonly changing = signal(false);
  readonly at = signal<number | null>(null);
  #url: string | null = null;
  #running: AbortController | null = null;
  #timer = 0;
  #last = 0;

  /** Asks for another address from now on; null asks for nothing. */
  async show(url: string | null): Promise<void> {
    if (url === this.#url) return;
    this.#url = url;
    this.changing.value = this.data.peek() !== null;
    if (url !== null) await this.load().catch(() => {});
  }

  /** Reads anew. Throws ApiError, so that the caller knows whether anybody answered. */
  async load(): Promise<void> {
    const url = this.#url;
    if (url === null) return;
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#last = Date.now();
    try {
      const data = await getJson<T>(url, running.signal);
      if (running.signal.aborted) return;
      this.data.value = data;
      this.problem.value = null;
      this.changing.value = false;
      this.at.value = Date.now();
    } catch (error) {
      if (running.signal.aborted) return;
      this.changing.value = false;
      if (!(error instanceof ApiError)) throw error;
      this.problem.value = error.problem;
      throw error;
    }
  }

  /** Reads anew soon; many calls are one. */
  loadSoon(paceMs: number): void {
    if (this.#timer !== 0) return;
    const wait = Math.max(0, this.#last + paceMs - Date.now());
    this.#timer = window.setTimeout(() => {
      this.#timer = 0;
      this.load().catch(() => {});
    }, wait);
  }

  receive(message: unknown, merge: Following<T>['merge'], paceMs = PACE_MS): void {
    const before = this.data.peek();
    const after = before === null || this.changing.peek() ? 'reload' : merge(before, message);
    if (after === 'reload') {
      this.loadSoon(paceMs);
      return;
    }
    this.data.value = after;
    this.problem.value = null;
    this.at.value = Date.now();
  }

  stop(): void {
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    this.#running?.abort();
    this.#url = null;
  }
}

/** Reads an address, and follows a channel where one is given (by its pipeline and name; `merge` has to be stable). */
export function useResource<T>(url: string | null, following?: Following<T>): Resource<T> {
  const loader = useMemo(() => new Loader<T>(), []);
  const pipeline = following?.pipeline;
  const channel = following?.channel;
  const merge = following?.merge;
  const paceMs = following?.paceMs;
  useEffect(() => {
    void loader.show(url);
  }, [loader, url]);
  useEffect(() => () => loader.stop(), [loader]);
  useEffect(() => {
    if (pipeline === undefined || channel === undefined || merge === undefined) return;
    const onMessage = (message: unknown): void => loader.receive(message, merge, paceMs);
    return listen({ pipeline, channel, onMessage, resync: () => loader.load() });
  }, [loader, pipeline, channel, merge, paceMs]);
  return useMemo(
    () => ({
      data: loader.data,
      problem: loader.problem,
      changing: loader.changing,
      at: loader.at,
      reload: () => loader.load().catch(() => {}),
    }),
    [loader],
  );
}

/** For `merge`: every message of the channel is a reason to read anew. */
export const reloadAlways = (): 'reload' => 'reload';
