import { Feed } from './live-feed.ts';
import type { LiveNews, LiveWant, Outside } from './live-news.ts';

/** Of the six connections that a browser has for one host some have to be left for questions. */
export const MAX_FEEDS = 4;
/** A page says that it is there every 15 s; out of sight its browser lets it do so once a minute. */
export const PAGE_SILENT_MS = 150_000;

/**
 * The live streams of all pages that share it: one for each pipeline that somebody looks at. It has no timer of its own:
 * call `tick` some times a second.
 */
export class LiveHub {
  readonly #outside: Outside;
  readonly #feeds = new Map<string, Feed>();

  constructor(outside: Outside) {
    this.#outside = outside;
  }

  /** A page wants these channels from now on, and no others; it is told the last state of what it did not have. */
  want(id: unknown, { pipeline, channels, hurry = false }: LiveWant, send: (news: LiveNews) => void): void {
    for (const [name, feed] of this.#feeds) if (name !== pipeline) this.#leave(name, feed, id);
    const feed = this.#feeds.get(pipeline) ?? new Feed(pipeline, this.#outside);
    this.#feeds.set(pipeline, feed);
    feed.join(id, { send, channels: new Set(channels), heardAt: this.#outside.now() }, hurry);
    send({ kind: 'here' });
    this.tick();
  }

  /** A page wants nothing any more, or is gone. */
  leave(id: unknown): void {
    for (const [name, feed] of this.#feeds) this.#leave(name, feed, id);
  }

  /** Ends all streams and begins new ones: somebody else is logged in. */
  renew(): void {
    for (const feed of this.#feeds.values()) {
      feed.close();
      feed.hurry();
    }
    this.tick();
  }

  tick(): void {
    const now = this.#outside.now();
    for (const [name, feed] of this.#feeds) {
      for (const [id, { heardAt, send }] of feed.pages) {
        if (now - heardAt < PAGE_SILENT_MS) continue;
        // Should it only have slept, it asks again.
        send({ kind: 'lost' });
        this.#leave(name, feed, id);
      }
    }
    for (const feed of this.#feeds.values()) {
      const connected = [...this.#feeds.values()].filter(({ isConnected }) => isConnected).length;
      feed.tick(connected < MAX_FEEDS);
    }
  }

  #leave(name: string, feed: Feed, id: unknown): void {
    if (!feed.pages.delete(id) || feed.pages.size > 0) return;
    feed.close();
    this.#feeds.delete(name);
  }
}
