import { signal } from '@preact/signals';
import { ApiError, withQuery } from './client.ts';
import { type LiveEvent, type LiveState, nextLiveState, pollMs, retryMs } from './live-machine.ts';

/** Somebody who wants to know what a channel tells. */
export type LiveListener = {
  readonly pipeline: string;
  readonly channel: string;
  /** What came, as the contract has it; of `overview` only the members that changed. */
  onMessage(message: unknown): void;
  /** Reads anew all that is on show: after a connection came back, and now and then while there is none. */
  resync(): Promise<void>;
};

/** No sign of life for so long, and the connection is taken for dead: the service pings oftener. */
const SILENT_MS = 45_000;
/** So long a page that is out of sight keeps its stream. */
const HIDDEN_MS = 120_000;

/** How fresh what is on show is; `since` is epoch milliseconds. */
export const liveState = signal<LiveState>({ name: 'polling', since: Date.now() });

/** What keeps the service from reading anything new, with a code of the error catalogue and what to do. */
export type StoreTrouble = { readonly code: string; readonly message: string; readonly remedy: string };

/** Since when nothing new can be read, and why; null: all is well. */
export const storeTrouble = signal<{ readonly at: string; readonly trouble: StoreTrouble } | null>(null);

const listeners = new Set<LiveListener>();
let source: EventSource | null = null;
let opened = '';
let attempt = 0;
let connectTimer = 0;
let pollTimer = 0;
let silentTimer = 0;
/** Whether what is on show may have missed something: from a loss until all of it was read again. */
let missed = false;

const tell = (event: LiveEvent): void => {
  liveState.value = nextLiveState(liveState.peek(), event, Date.now());
};

/** One stream for all listeners: a browser allows few connections to one host. */
const wanted = (): string => {
  const [first] = listeners;
  if (first === undefined) return '';
  const channels = [...new Set([...listeners].filter((l) => l.pipeline === first.pipeline).map((l) => l.channel))];
  return withQuery('/api/live', { pipeline: first.pipeline, channels: channels.sort().join(',') });
};

function close(): void {
  source?.close();
  source = null;
  opened = '';
  window.clearTimeout(silentTimer);
}

function heard(): void {
  window.clearTimeout(silentTimer);
  silentTimer = window.setTimeout(lost, SILENT_MS);
}

function lost(): void {
  close();
  missed = true;
  tell('stream-lost');
  schedulePoll(0);
  window.clearTimeout(connectTimer);
  connectTimer = window.setTimeout(connect, retryMs(attempt++) * (0.75 + Math.random() / 2));
}

function connect(): void {
  const address = wanted();
  if (address === opened) return;
  // What is told between two streams is heard by neither.
  missed ||= source !== null;
  close();
  if (address === '') return;
  opened = address;
  const stream = new EventSource(address);
  source = stream;
  stream.onopen = () => {
    attempt = 0;
    window.clearTimeout(pollTimer);
    // Where there is trouble, the service says so first of all.
    storeTrouble.value = null;
    tell('stream-opened');
    if (missed) void resyncAll();
  };
  stream.onerror = () => {
    // Also where the browser would try again by itself: only so are the waits ours, and every loss is noticed.
    if (source === stream) lost();
  };
  const channels = new Set([...listeners].map((listener) => listener.channel));
  for (const channel of channels)
    stream.addEventListener(channel, (event) => {
      heard();
      const message: unknown = JSON.parse(event.data);
      for (const listener of listeners) if (listener.channel === channel) listener.onMessage(message);
    });
  // Only a service that pings is held to it.
  stream.addEventListener('ping', heard);
  stream.addEventListener('trouble', (event) => {
    const message = JSON.parse(event.data) as { at: string; trouble: StoreTrouble | null };
    storeTrouble.value = message.trouble === null ? null : { at: message.at, trouble: message.trouble };
  });
}

function rest(): void {
  close();
  missed = true;
  tell('stream-lost');
  window.clearTimeout(connectTimer);
  window.clearTimeout(pollTimer);
}

async function resyncAll(): Promise<void> {
  const results = await Promise.allSettled([...listeners].map((listener) => listener.resync()));
  const unanswered = results.some(
    (result) => result.status === 'rejected' && result.reason instanceof ApiError && result.reason.unreachable,
  );
  missed = missed && (source === null || unanswered);
  if (results.length > 0) tell(unanswered ? 'unanswered' : 'answered');
}

function schedulePoll(afterMs: number): void {
  window.clearTimeout(pollTimer);
  pollTimer = window.setTimeout(async () => {
    if (liveState.peek().name === 'live') return;
    await resyncAll();
    if (liveState.peek().name !== 'live') schedulePoll(pollMs(Date.now() - liveState.peek().since));
  }, afterMs);
}

/** Listens until the function that it returns is called. Listeners of one page share one stream, and one pipeline. */
export function listen(listener: LiveListener): () => void {
  listeners.add(listener);
  // A page adds all of its listeners before the stream opens, once.
  window.clearTimeout(connectTimer);
  connectTimer = window.setTimeout(connect, 0);
  return () => {
    listeners.delete(listener);
    window.clearTimeout(connectTimer);
    connectTimer = window.setTimeout(connect, 0);
  };
}

/**
 * A page that is looked at again, or a network that is back, does not wait for the next attempt. One that nobody looks at
 * gives its connection back after a while, as a browser has six for one host.
 */
export function startLive(): void {
  let restTimer = 0;
  const hurry = (): void => {
    window.clearTimeout(restTimer);
    if (document.visibilityState === 'hidden') {
      restTimer = window.setTimeout(rest, HIDDEN_MS);
      return;
    }
    if (source !== null) return;
    attempt = 0;
    window.clearTimeout(connectTimer);
    connect();
  };
  document.addEventListener('visibilitychange', hurry);
  window.addEventListener('online', hurry);
}
