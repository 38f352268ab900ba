import { LiveHub } from './live-hub.ts';
import type { LiveWant, Stream, StreamEvents } from './live-news.ts';

/** What a page says to the hub, wherever that is. */
export type FromPage = LiveWant | 'leave' | 'renew';

const TICK_MS = 250;

/** Opens server-sent events. */
function openStream(pipeline: string, channels: readonly string[], events: StreamEvents): Stream {
  const source = new EventSource(`/api/live?${new URLSearchParams({ pipeline, channels: channels.join(',') })}`);
  source.onopen = () => events.opened();
  source.onerror = () => events.lost();
  for (const name of [...channels, 'ping', 'trouble'])
    source.addEventListener(name, ({ data }: MessageEvent<string>) => events.heard(name, data));
  return {
    close() {
      source.onerror = null;
      source.close();
    },
  };
}

/** A hub on server-sent events, in a worker or in a page. */
export function liveHub(): LiveHub {
  const hub = new LiveHub({ open: openStream, now: () => Date.now(), random: () => Math.random() });
  setInterval(() => hub.tick(), TICK_MS);
  return hub;
}
