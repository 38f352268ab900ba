import { Worker } from 'node:worker_threads';

/** Ends the process when a batch takes longer: the loop that hangs cannot be asked to. */
const WATCHDOG = `
  const { workerData } = require('node:worker_threads');
  const { shared, limitMs, pid } = workerData;
  const beats = new Int32Array(shared, 0, 1);
  const note = new Uint8Array(shared, 8);
  let last = -1;
  let since = Date.now();
  setInterval(() => {
    const now = Atomics.load(beats, 0);
    if (now !== last || now === 0) {
      last = now;
      since = Date.now();
      return;
    }
    if (Date.now() - since < limitMs) return;
    const what = Buffer.from(note.slice(0, note.indexOf(0))).toString();
    require('node:fs').writeSync(2, 'hangs for ' + limitMs + ' ms: ' + what + '\\n');
    process.kill(pid, 'SIGKILL');
  }, 250);
`;

const NOTE_BYTES = 512;

/**
 * A watchdog beside the process: a hang is told with the entrance and the seed, and ends the process. It is asleep until
 * the first beat, and again after `rest`.
 */
export class Heartbeat {
  readonly #shared = new SharedArrayBuffer(8 + NOTE_BYTES);
  readonly #beats = new Int32Array(this.#shared, 0, 1);
  readonly #note = new Uint8Array(this.#shared, 8);
  readonly #worker: Worker;
  #count = 0;

  constructor(limitMs: number) {
    const workerData = { shared: this.#shared, limitMs, pid: process.pid };
    this.#worker = new Worker(WATCHDOG, { eval: true, workerData });
    this.#worker.unref();
  }

  /** A batch begins. */
  beat(what: string): void {
    this.#note.fill(0);
    Buffer.from(what).copy(this.#note, 0, 0, NOTE_BYTES - 1);
    this.#count = (this.#count % 1_000_000_000) + 1;
    Atomics.store(this.#beats, 0, this.#count);
  }

  rest(): void {
    Atomics.store(this.#beats, 0, 0);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
