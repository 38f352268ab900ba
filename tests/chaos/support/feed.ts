import { setTimeout as delay } from 'node:timers/promises';
import { instant, messageOf } from '@medallion/core';
import { createGenerator, lastChristmas } from '@medallion/santa-generator';
import type { RawProducer } from '../../support/raw-topic.ts';

/** What is fed, and how fast. */
export type FeedOptions = {
  readonly seed: number;
  readonly perSecond: number;
  /** The most events that are ever fed. */
  readonly events: number;
  readonly tell: (line: string) => void;
};

const EVERY_MS = 250;

/** Sends deliveries of a hostile night to the raw topic at an even pace, for as long as it runs and whatever happens. */
export class Feed {
  readonly #options: FeedOptions;
  readonly #generator: ReturnType<typeof createGenerator>;
  #producer: RawProducer;
  #fed = 0;
  #held = false;
  #sending: Promise<void> = Promise.resolve();

  constructor(producer: RawProducer, options: FeedOptions) {
    this.#producer = producer;
    this.#options = options;
    // About ten events in a second of event time.
    const pace = { ratePerSecond: 10_000, speed: 1_000 };
    const { seed, events } = options;
    const start = lastChristmas(instant(Date.now()));
    this.#generator = createGenerator({ seed, start, events, quality: 'hostile', ...pace });
  }

  /** Events that the raw topic has acknowledged, since the start. */
  get fed(): number {
    return this.#fed;
  }

  /** Feeds until the signal aborts, or there are no more events. */
  async run(stop: AbortSignal): Promise<void> {
    const size = Math.max(1, Math.round((this.#options.perSecond * EVERY_MS) / 1_000));
    let due = performance.now();
    while (!stop.aborted) {
      // What could not be sent in time is not made up for: an outage is no reason for a flood.
      due = Math.max(due + EVERY_MS, performance.now());
      if (!this.#held) {
        const batch = this.#generator.nextBatch(size);
        if (batch.length === 0) return;
        this.#sending = this.#send(batch, stop);
        await this.#sending;
      }
      await delay(Math.max(0, due - performance.now()), undefined, { signal: stop }).catch(() => {});
    }
  }

  /** Sends nothing from now on; resolves when nothing is under way. */
  async hold(): Promise<void> {
    this.#held = true;
    await this.#sending;
  }

  /** Goes on, with another producer when one is given. */
  release(producer?: RawProducer): void {
    this.#producer = producer ?? this.#producer;
    this.#held = false;
  }

  async #send(batch: Parameters<RawProducer['send']>[0], stop: AbortSignal): Promise<void> {
    for (;;)
      try {
        await this.#producer.send(batch);
        this.#fed += batch.length;
        return;
      } catch (error) {
        // Whether they are there is found out by reading: the same are sent until they are acknowledged.
        this.#options.tell(`not fed yet: ${messageOf(error)}`);
        if (stop.aborted) throw error;
      }
  }
}
