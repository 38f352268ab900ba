import { retryMs } from './live-machine.ts';
import type { LiveNews, Outside, StoreTrouble, Stream } from './live-news.ts';

/** No sign of life from the service for so long, and the connection is taken for dead: it pings oftener. */
const SILENT_MS = 45_000;
/** So long channels that nobody wants any more are read on: who goes to another page often comes back. */
const UNWANTED_MS = 10_000;

/** A page that wants something of a feed. */
type Page = { readonly send: (news: LiveNews) => void; channels: ReadonlySet<string>; heardAt: number };

/**
 * The stream of one pipeline, for all pages that show something of it:
 *
 *   waiting ─▶ opening ─▶ open ─▶ lost ─▶ waiting (longer each time) ─▶ opening …
 *                          └─▶ another page wants more: a wider one is opened beside it, and takes over when it is open
 */
export class Feed {
  readonly pages = new Map<unknown, Page>();
  readonly #pipeline: string;
  readonly #outside: Outside;
  /** The last whole state of each channel, for pages that join late. */
  readonly #last = new Map<string, object>();
  #trouble: LiveNews | null = null;
  #current: Stream | null = null;
  #next: Stream | null = null;
  /** Channels of the newest of both. */
  #channels: ReadonlySet<string> = new Set();
  #isOpen = false;
  #attempt = 0;
  #retryAt = 0;
  #heardAt = 0;
  #unwantedSince: number | null = null;

  constructor(pipeline: string, outside: Outside) {
    this.#pipeline = pipeline;
    this.#outside = outside;
  }

  get isConnected(): boolean {
    return this.#current !== null;
  }

  join(id: unknown, page: Page, hurry: boolean): void {
    const before = this.pages.get(id)?.channels;
    this.pages.set(id, page);
    if (hurry && this.#current === null) this.hurry();
    if (before === undefined) {
      if (this.#isOpen) page.send({ kind: 'opened' });
      else if (this.#attempt > 0) page.send({ kind: 'lost' });
      if (this.#trouble !== null) page.send(this.#trouble);
    }
    for (const channel of page.channels) {
      const message = before?.has(channel) ? undefined : this.#last.get(channel);
      if (this.#isOpen && message !== undefined) page.send({ kind: 'message', channel, message });
    }
  }

  /** What has become due: an attempt, a wider or narrower stream, the end of one that is silent. */
  tick(mayConnect: boolean): void {
    const now = this.#outside.now();
    if (this.#current !== null && now - this.#heardAt >= SILENT_MS) this.#lose();
    const wanted = new Set([...this.pages.values()].flatMap(({ channels }) => [...channels]));
    if (this.#current === null) {
      if (now < this.#retryAt) return;
      if (mayConnect) this.#current = this.#connect(wanted);
      else this.#lose();
      return;
    }
    const isWider = [...wanted].some((channel) => !this.#channels.has(channel));
    if (wanted.size < this.#channels.size) this.#unwantedSince ??= now;
    else this.#unwantedSince = null;
    const isTooWide = this.#unwantedSince !== null && now - this.#unwantedSince >= UNWANTED_MS;
    if (!isWider && !isTooWide) return;
    this.#next?.close();
    this.#next = this.#connect(wanted);
  }

  /** The next attempt is now. */
  hurry(): void {
    this.#attempt = 0;
    this.#retryAt = 0;
  }

  close(): void {
    this.#current?.close();
    this.#next?.close();
    this.#current = null;
    this.#next = null;
    this.#isOpen = false;
    this.#last.clear();
    this.#trouble = null;
  }

  #connect(channels: ReadonlySet<string>): Stream {
    this.#channels = channels;
    this.#unwantedSince = null;
    this.#heardAt = this.#outside.now();
    const stream: Stream = this.#outside.open(this.#pipeline, [...channels].sort(), {
      opened: () => {
        if (stream === this.#next) {
          this.#current?.close();
          this.#current = stream;
          this.#next = null;
          for (const channel of this.#last.keys()) if (!channels.has(channel)) this.#last.delete(channel);
        }
        this.#attempt = 0;
        this.#heardAt = this.#outside.now();
        // Where there is trouble, the service says so first of all.
        this.#trouble = null;
        if (this.#isOpen) return;
        this.#isOpen = true;
        this.#tell({ kind: 'opened' });
      },
      // Also where the browser would try again by itself: only so are the waits ours, and every loss is noticed.
      lost: () => {
        if (stream === this.#current || stream === this.#next) this.#lose();
      },
      heard: (event, json) => {
        if (stream === this.#current || stream === this.#next) this.#heard(event, json);
      },
    });
    return stream;
  }

  #lose(): void {
    this.close();
    const wait = retryMs(this.#attempt) * (0.75 + this.#outside.random() / 2);
    this.#attempt += 1;
    this.#retryAt = this.#outside.now() + wait;
    this.#tell({ kind: 'lost' });
  }

  #heard(event: string, json: string): void {
    this.#heardAt = this.#outside.now();
    if (event === 'ping') return;
    const said = JSON.parse(json) as object;
    if (event === 'trouble') {
      const news = { kind: 'trouble', ...(said as { at: string; trouble: StoreTrouble | null }) } as const;
      this.#trouble = news.trouble === null ? null : news;
      this.#tell(news);
      return;
    }
    // The first message of a channel is whole, later ones may leave out what did not change.
    this.#last.set(event, { ...this.#last.get(event), ...said });
    for (const { channels, send } of this.pages.values())
      if (channels.has(event)) send({ kind: 'message', channel: event, message: said });
  }

  #tell(news: LiveNews): void {
    for (const { send } of this.pages.values()) send(news);
  }
}
