/**
 * How fresh what is on show is.
 *
 *   polling ── stream opened ──▶ live
 *   live ── stream lost ──▶ polling ── nobody answers ──▶ offline ── an answer ──▶ polling
 *                                                          offline ── stream opened ──▶ live
 */
export type LiveState = { readonly name: 'live' | 'polling' | 'offline'; readonly since: number };

export type LiveEvent = 'stream-opened' | 'stream-lost' | 'answered' | 'unanswered';

/** The state after an event at `now`; `since` moves only when the name does. */
export function nextLiveState(state: LiveState, event: LiveEvent, now: number): LiveState {
  const name = nameAfter(state.name, event);
  return name === state.name ? state : { name, since: now };
}

function nameAfter(name: LiveState['name'], event: LiveEvent): LiveState['name'] {
  switch (event) {
    case 'stream-opened':
      return 'live';
    case 'stream-lost':
      return name === 'live' ? 'polling' : name;
    case 'answered':
      return name === 'offline' ? 'polling' : name;
    case 'unanswered':
      // While the stream is open, one question that failed says nothing about what is on show.
      return name === 'live' ? name : 'offline';
  }
}

/** Waits between attempts: soon at first, as most restarts are short, then seldom. */
export const retryMs = (attempt: number): number => Math.min(15_000, 500 * 2 ** Math.min(attempt, 10));

/** While there is no stream: every ten seconds at first, and the longer it lasts the less often, to every thirty. */
export const pollMs = (sinceMs: number): number => (sinceMs < 60_000 ? 10_000 : sinceMs < 300_000 ? 20_000 : 30_000);
