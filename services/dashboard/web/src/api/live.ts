import { signal } from '@preact/signals';
import { ApiError } from './client.ts';
import { type LiveEvent, type LiveState, nextLiveState, pollMs } from './live-machine.ts';
import type { LiveNews, LiveWant, StoreTrouble } from './live-news.ts';
import { type LivePort, openPort } from './live-port.ts';

/** Somebody who wants to know what a channel tells. */
export type LiveListener = {
  readonly pipeline: string;
  readonly channel: string;
  /** What came, as the contract has it; of `overview` only the members that changed. */
  onMessage(message: unknown): void;
  /** Reads anew all that is on show: after a connection came back, and now and then while there is none. */
  resync(): Promise<void>;
};

/** So long a page that is out of sight is told what happens, where that takes no connection of its own, and where it does. */
const HIDDEN_MS = { shared: 120_000, own: 8_000 };

/** How fresh what is on show is; `since` is epoch milliseconds. */
export const liveState = signal<LiveState>({ name: 'polling', since: Date.now() });

/** Whether anything on show follows a channel: a page that follows none is neither live nor polled. */
export const isFollowing = signal(false);

/** Since when nothing new can be read, and why; null: all is well. */
export const storeTrouble = signal<{ readonly at: string; readonly trouble: StoreTrouble } | null>(null);

/** Without a stream so long, a page that was just opened asks. */
const FIRST_POLL_MS = 10_000;

const listeners = new Set<LiveListener>();
let port: LivePort | null = null;
let said = '';
let sayTimer = 0;
let pollTimer = 0;
/** Whether what is on show may have missed something: from a loss until all of it was read again. */
let missed = false;
let isResting = false;

const tell = (event: LiveEvent): void => {
  liveState.value = nextLiveState(liveState.peek(), event, Date.now());
};

/** Listeners of one page are of one pipeline. */
function wanted(): LiveWant | null {
  const [first] = listeners;
  if (first === undefined) return null;
  const channels = [...listeners].filter(({ pipeline }) => pipeline === first.pipeline).map(({ channel }) => channel);
  return { pipeline: first.pipeline, channels: [...new Set(channels)].sort() };
}

function say(hurry: boolean): void {
  isFollowing.value = listeners.size > 0;
  const want = isResting ? null : wanted();
  const text = JSON.stringify(want);
  if (text === said && !hurry) return;
  said = text;
  if (want === null) port?.say('leave');
  else {
    port ??= firstPort();
    port.say({ ...want, hurry });
  }
}

function firstPort(): LivePort {
  schedulePoll(FIRST_POLL_MS);
  return openPort(told, (other) => {
    port = other;
    lost();
    say(true);
  });
}

function told(news: LiveNews): void {
  if (isResting) return;
  switch (news.kind) {
    case 'here':
      return;
    case 'opened':
      window.clearTimeout(pollTimer);
      storeTrouble.value = null;
      tell('stream-opened');
      if (missed) void resyncAll();
      return;
    case 'lost':
      lost();
      return;
    case 'message':
      for (const listener of listeners) if (listener.channel === news.channel) listener.onMessage(news.message);
      return;
    case 'trouble':
      storeTrouble.value = news.trouble === null ? null : { at: news.at, trouble: news.trouble };
  }
}

function lost(): void {
  missed = true;
  tell('stream-lost');
  schedulePoll(0);
}

async function resyncAll(): Promise<void> {
  const results = await Promise.allSettled([...listeners].map((listener) => listener.resync()));
  const unanswered = results.some(
    (result) => result.status === 'rejected' && result.reason instanceof ApiError && result.reason.unreachable,
  );
  missed = missed && (liveState.peek().name !== 'live' || unanswered);
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

/** Nobody looks: nothing is asked, and nothing is told. */
function rest(): void {
  isResting = true;
  say(false);
  missed = true;
  tell('stream-lost');
  window.clearTimeout(pollTimer);
}

/** Listens until the function that it returns is called. Listeners of one page share one stream, and one pipeline. */
export function listen(listener: LiveListener): () => void {
  listeners.add(listener);
  // A page adds all of its listeners before it says so, once.
  const soon = (): void => {
    window.clearTimeout(sayTimer);
    sayTimer = window.setTimeout(say, 0, false);
  };
  soon();
  return () => {
    listeners.delete(listener);
    soon();
  };
}

/** Streams that somebody else opened end: who is logged in is another one now. */
export function renewLive(): void {
  port?.say('renew');
}

/**
 * A page that is looked at again, or a network that is back, does not wait for the next attempt. One that nobody looks at
 * rests after a while, and one that goes says so.
 */
export function startLive(): void {
  let restTimer = 0;
  const look = (): void => {
    window.clearTimeout(restTimer);
    if (document.visibilityState === 'hidden') {
      restTimer = window.setTimeout(rest, port?.isShared === false ? HIDDEN_MS.own : HIDDEN_MS.shared);
      return;
    }
    isResting = false;
    if (liveState.peek().name !== 'live') say(true);
  };
  document.addEventListener('visibilitychange', look);
  window.addEventListener('online', look);
  window.addEventListener('pagehide', rest);
  window.addEventListener('pageshow', look);
  look();
}
