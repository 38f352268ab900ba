import type { Clock, Instant } from '@medallion/core';
import type { Channel } from '../parts.ts';
import { ChannelState } from './channel-state.ts';

/** Where the messages of one listener go. */
export type Listener = { send(frame: Buffer): void };

type Options = {
  readonly channel: Channel;
  readonly pipeline: string;
  readonly clock: Clock;
  /** A read that failed; the next one comes by itself. */
  readonly failed: (error: unknown) => void;
};

/** Also a channel that wants to speak at once does not keep the processor to itself. */
const LEAST_PAUSE_MS = 20;
/** After a read that failed. */
const RETRY_MS = 1_000;

/**
 * One channel of one pipeline, for all who listen to it, from the first listener to the last:
 *
 *   first listener: read ──▶ waiting ──▶ commit, or time: read ──▶ told ──▶ waiting … ──▶ last one leaves: stopped
 *
 * One read at a time: what changes meanwhile is read once more after it.
 */
export class Broadcast {
  readonly #options: Options;
  readonly #listeners = new Set<Listener>();
  readonly #state: ChannelState;
  #timer: NodeJS.Timeout | undefined;
  #isReading = false;
  #isDue = false;
  #readAt: Instant | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.#state = new ChannelState(options.channel.name, options.channel.onlyChanges);
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** A listener is told the last state at once; who is the first one waits for it to be read. */
  join(listener: Listener): void {
    this.#listeners.add(listener);
    const whole = this.#state.whole();
    if (whole !== null) listener.send(whole);
    else if (!this.#isReading) this.#schedule(0);
  }

  leave(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.stop();
  }

  /** The pipeline has another version, or can be read again. */
  changed(): void {
    if (this.#options.channel.when !== 'commit' || this.#listeners.size === 0) return;
    if (this.#isReading) this.#isDue = true;
    else if (this.#timer === undefined) this.#schedule(this.#wait());
  }

  stop(): void {
    this.#listeners.clear();
    clearTimeout(this.#timer);
  }

  #wait(): number {
    const { channel, clock } = this.#options;
    return this.#readAt === null ? 0 : Math.max(0, this.#readAt + channel.everyMs - clock.now());
  }

  #schedule(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), afterMs);
  }

  async #read(): Promise<void> {
    const { channel, pipeline, clock, failed } = this.#options;
    this.#timer = undefined;
    this.#isReading = true;
    this.#isDue = false;
    this.#readAt = clock.now();
    let hasFailed = false;
    try {
      const message = await channel.read(pipeline);
      if (message !== null) this.#tell(this.#state.next(message));
    } catch (error) {
      hasFailed = true;
      failed(error);
    } finally {
      this.#isReading = false;
    }
    if (this.#listeners.size === 0) return;
    if (hasFailed) this.#schedule(Math.max(this.#wait(), RETRY_MS));
    else if (this.#isDue || channel.when === 'clock') this.#schedule(Math.max(this.#wait(), LEAST_PAUSE_MS));
  }

  #tell(frame: Buffer | null): void {
    if (frame !== null) for (const listener of this.#listeners) listener.send(frame);
  }
}
