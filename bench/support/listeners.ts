/** What one open page asks for: what it reads at first, and the stream that it then listens to. */
export type PageRequests = { readonly reads: readonly string[]; readonly stream: string };

/** What the listeners have heard and how long they have waited. */
export type ListenerFigures = {
  readonly events: number;
  readonly bytes: number;
  /** From the commit to its arrival at a listener, ms. */
  readonly commitMs: readonly number[];
  /** Reads, ms. */
  readonly readMs: readonly number[];
  readonly failures: readonly string[];
};

/** Pages without a browser: the same requests as those of real ones, and nothing drawn. */
export class Listeners {
  readonly #url: string;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>[] = [];
  #events = 0;
  #bytes = 0;
  #commitMs: number[] = [];
  #readMs: number[] = [];
  #failures: string[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  /** Opens one page: its reads at once, then its stream. */
  async open({ reads, stream }: PageRequests): Promise<void> {
    await Promise.all(reads.map((path) => this.#read(path)));
    this.#ended.push(this.#listen(stream));
  }

  /** What was heard since it was asked last. */
  take(): ListenerFigures {
    const figures = {
      ...{ events: this.#events, bytes: this.#bytes, commitMs: this.#commitMs },
      ...{ readMs: this.#readMs, failures: this.#failures },
    };
    this.#events = 0;
    this.#bytes = 0;
    this.#commitMs = [];
    this.#readMs = [];
    this.#failures = [];
    return figures;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#ended);
  }

  async #read(path: string): Promise<void> {
    const began = performance.now();
    const answer = await fetch(new URL(path, this.#url), { signal: this.#stop.signal });
    await answer.arrayBuffer();
    this.#readMs.push(performance.now() - began);
    if (!answer.ok) this.#failures.push(`${answer.status} ${path}`);
  }

  async #listen(path: string): Promise<void> {
    try {
      const answer = await fetch(new URL(path, this.#url), {
        headers: { accept: 'text/event-stream' },
        signal: this.#stop.signal,
      });
      if (!answer.ok || answer.body === null) throw new Error(`${answer.status} ${path}`);
      let rest = '';
      for await (const bytes of answer.body) {
        this.#bytes += bytes.length;
        const frames = `${rest}${Buffer.from(bytes).toString('utf8')}`.split('\n\n');
        rest = frames.pop() ?? '';
        for (const frame of frames) this.#heard(frame);
      }
      this.#failures.push(`the stream ended: ${path}`);
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#failures.push(String(error));
    }
  }

  #heard(frame: string): void {
    this.#events++;
    const [, event, data] = /^event: (\w+)\ndata: (.*)$/s.exec(frame) ?? [];
    if (event !== 'commit' || data === undefined) return;
    const { committedAt } = JSON.parse(data) as { readonly committedAt: string | null };
    if (committedAt !== null) this.#commitMs.push(Date.now() - Date.parse(committedAt));
  }
}
