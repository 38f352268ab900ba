import { connect, createServer, type Server, type Socket } from 'node:net';

/** What a proxy does with bytes on their way: hands on what it is given to `pass`, at once, later or never. */
export type Way = (bytes: Buffer, pass: (bytes: Buffer) => void) => void;

/** What happens to one connection; `cut` ends it on both sides, without a farewell. */
export type Tap = (cut: () => void) => { readonly toServer?: Way; readonly toClient?: Way };

/** More than this waits for nobody: reading stops until it is less. */
const MAX_HELD_BYTES = 1_048_576;

/**
 * A door in front of a server, of which connections can be cut, kept out and slowed down.
 *
 *   client ──▶ toServer ──▶ server
 *          ◀── late(ms) ◀── toClient ◀──
 */
export class TcpProxy {
  readonly #server: Server;
  readonly #target: () => number;
  readonly #cuts = new Set<() => void>();
  #tap: Tap | null = null;
  #closedTo: ReadonlySet<Socket> | 'all' | null = null;
  #lateMs = 0;
  #cut = 0;

  private constructor(server: Server, target: () => number) {
    this.#server = server;
    this.#target = target;
  }

  /** Listens on a port of this machine; `target`: the server's port, asked for at each connection. */
  static async listen(port: number, target: () => number): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, target);
    server.on('connection', (client) => proxy.#open(client));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return address.port;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#cuts.size;
  }

  /** Connections that were cut so far. */
  get cuts(): number {
    return this.#cut;
  }

  /** Ends every connection that is open, on both sides; how many there were. */
  cut(): number {
    const all = [...this.#cuts];
    for (const cut of all) cut();
    return all.length;
  }

  /** Lets nobody in, and nobody stay, until `unlock`. */
  lock(): void {
    this.#closedTo = 'all';
    this.cut();
  }

  unlock(): void {
    this.#closedTo = null;
  }

  /** From now on every reply comes so much later, in order; 0 for no longer. */
  late(ms: number): void {
    this.#lateMs = ms;
  }

  /** What new connections go through; those that are open are cut, so that there are no others. */
  tap(tap: Tap | null): void {
    this.#tap = tap;
    this.cut();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  #open(client: Socket): void {
    if (this.#closedTo === 'all') return void client.destroy();
    const server = connect({ port: this.#target(), host: '127.0.0.1' });
    const cut = (): void => {
      if (!this.#cuts.delete(cut)) return;
      this.#cut++;
      client.resetAndDestroy();
      server.resetAndDestroy();
    };
    const end = (): void => {
      this.#cuts.delete(cut);
    };
    this.#cuts.add(cut);
    const ways = this.#tap?.(cut) ?? {};
    join(client, server, ways.toServer, () => 0, end);
    join(server, client, ways.toClient, () => this.#lateMs, end);
  }
}

/** Bytes from one side to the other, in their order; the end of one side is told to the other. */
function join(from: Socket, to: Socket, way: Way | undefined, lateMs: () => number, ended: () => void): void {
  let held = 0;
  let due = 0;
  /** Nothing overtakes what was told to wait. */
  const later = (bytes: number, act: () => void): void => {
    due = Math.max(due, performance.now() + lateMs());
    const ms = due - performance.now();
    if (ms <= 0 && held === 0) {
      act();
      return;
    }
    held += bytes + 1;
    if (held > MAX_HELD_BYTES) from.pause();
    setTimeout(() => {
      held -= bytes + 1;
      if (held <= MAX_HELD_BYTES && from.isPaused()) from.resume();
      act();
    }, ms);
  };
  const pass = (bytes: Buffer): void =>
    later(bytes.length, () => {
      if (to.destroyed || to.write(bytes)) return;
      from.pause();
      to.once('drain', () => from.resume());
    });
  from.setNoDelay(true);
  from.on('data', (bytes) => (way === undefined ? pass(bytes) : way(bytes, pass)));
  from.once('end', () => later(0, () => void to.end()));
  // An error is followed by 'close'; what was under way does not matter then.
  from.on('error', () => {});
  from.once('close', (failed) => {
    ended();
    if (failed) to.destroy();
    else later(0, () => void to.end());
  });
}
