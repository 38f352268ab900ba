import type { LiveNews, LiveWant } from './live-news.ts';
import { type FromPage, liveHub } from './live-streams.ts';

/** How a page speaks with the hub. */
export type LivePort = {
  say(what: FromPage): void;
  /** Whether other pages share what it has; a hub of the page's own takes a connection for this page alone. */
  readonly isShared: boolean;
};

/**
 * A worker that does not answer so long at first is taken for none. One that cannot be loaded says so itself, and a machine
 * that opens a dozen pages at once may be slow.
 */
const FIRST_ANSWER_MS = 20_000;
/** How often a page says that it is there. */
const BEAT_MS = 15_000;
/** A worker that leaves so many of these without an answer is gone. */
const MAX_UNANSWERED = 2;

type Told = (news: LiveNews) => void;

function ownPort(told: Told): LivePort {
  const hub = liveHub();
  const id = {};
  const say = (what: FromPage): void => {
    if (what === 'leave') hub.leave(id);
    else if (what === 'renew') hub.renew();
    else hub.want(id, what, told);
  };
  return { isShared: false, say: repeating(say) };
}

/** Says the last wish again and again, until the page leaves. */
function repeating(say: (what: FromPage, isBeat: boolean) => void): LivePort['say'] {
  let last: LiveWant | null = null;
  window.setInterval(() => {
    if (last !== null) say(last, true);
  }, BEAT_MS);
  return (what) => {
    if (what !== 'renew') last = what === 'leave' ? null : { pipeline: what.pipeline, channels: what.channels };
    say(what, false);
  };
}

/**
 * The hub that all pages of this browser share; one of the page's own where there are no shared workers, or where that does
 * not answer: `moved` is called then, and what was said has to be said again.
 */
export function openPort(told: Told, moved: (port: LivePort) => void): LivePort {
  if (typeof SharedWorker === 'undefined') return ownPort(told);
  const worker = new SharedWorker(new URL('./live-worker.ts', import.meta.url), { type: 'module', name: 'live' });
  let unanswered = 0;
  let isGone = false;
  let firstTimer = 0;
  const gone = (): void => {
    window.clearTimeout(firstTimer);
    if (isGone) return;
    isGone = true;
    worker.port.postMessage('leave' satisfies FromPage);
    worker.port.close();
    moved(ownPort(told));
  };
  worker.onerror = gone;
  worker.port.onmessage = ({ data }: MessageEvent<LiveNews>) => {
    unanswered = 0;
    window.clearTimeout(firstTimer);
    firstTimer = -1;
    if (!isGone) told(data);
  };
  const say = repeating((what, isBeat) => {
    if (isGone) return;
    if (firstTimer === 0) firstTimer = window.setTimeout(gone, FIRST_ANSWER_MS);
    if (isBeat) unanswered += 1;
    if (unanswered > MAX_UNANSWERED) gone();
    else worker.port.postMessage(what);
  });
  return { isShared: true, say };
}
