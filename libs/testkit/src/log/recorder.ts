import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Checkpoint,
  LogRecord,
  Offset,
  PartitionBatch,
  Round,
  RoundHandler,
  SubscribeOptions,
  TopicPartition,
} from '@medallion/runtime';

/** What a recorder does beyond recording; each is called inside the handler's own call. */
export type Hooks = {
  readonly open?: (place: TopicPartition, committed: Checkpoint | null) => Offset | Promise<Offset>;
  readonly process?: (round: Round) => void | Promise<void>;
};

/** A handler that keeps what it is told, and checks on its side of the port what holds at every call. */
export class Recorder implements RoundHandler {
  readonly opened: (TopicPartition & { committed: Checkpoint | null; from: Offset })[] = [];
  readonly lost: TopicPartition[] = [];
  readonly rounds: Round[] = [];
  ticks = 0;
  readonly #hooks: Hooks;
  readonly #next = new Map<string, Offset>();
  #running = 0;

  constructor(hooks: Hooks = {}) {
    this.#hooks = hooks;
  }

  /** The partitions that it has now. */
  get held(): number {
    return this.#next.size;
  }

  /** The batches of a partition in the order of their arrival. */
  batches(partition: number): PartitionBatch[] {
    return this.rounds.flat().filter((batch) => batch.partition === partition);
  }

  records(partition: number): LogRecord[] {
    return this.batches(partition).flatMap((batch) => [...batch.records]);
  }

  get count(): number {
    return this.rounds.flat().reduce((sum, { records }) => sum + records.length, 0);
  }

  open(place: TopicPartition, committed: Checkpoint | null): Promise<Offset> {
    return this.#alone(async () => {
      const from = (await this.#hooks.open?.(place, committed)) ?? committed?.offset ?? 0;
      this.opened.push({ ...place, committed, from });
      this.#next.set(`${place.topic} ${place.partition}`, from);
      return from;
    });
  }

  process(round: Round): Promise<void> {
    return this.#alone(async () => {
      assert.ok(round.length > 0, 'a round has a batch');
      for (const { topic, partition, records, highWatermark } of round) {
        const key = `${topic} ${partition}`;
        const next = this.#next.get(key);
        assert.ok(next !== undefined, `${key} was opened`);
        assert.ok(records.length > 0, 'a batch has a record');
        for (const [i, { offset }] of records.entries()) assert.equal(offset, records[0]!.offset + i, 'no gap');
        assert.ok(records[0]!.offset === next || next === 0, `${key} goes on at ${next}, not ${records[0]!.offset}`);
        assert.ok(highWatermark > records.at(-1)!.offset, 'the end is behind the last record');
      }
      assert.equal(new Set(round.map(({ topic, partition }) => `${topic} ${partition}`)).size, round.length);
      await this.#hooks.process?.(round);
      for (const { topic, partition, records } of round)
        this.#next.set(`${topic} ${partition}`, records.at(-1)!.offset + 1);
      this.rounds.push(round);
    });
  }

  tick(): Promise<void> {
    return this.#alone(async () => {
      this.ticks++;
    });
  }

  closed(partitions: readonly TopicPartition[]): void {
    assert.equal(this.#running, 0, 'no two methods run at the same time');
    this.lost.push(...partitions);
    for (const { topic, partition } of partitions) this.#next.delete(`${topic} ${partition}`);
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    assert.equal(this.#running, 0, 'no two methods run at the same time');
    this.#running++;
    try {
      await sleep(0); // so that an overlap would show
      return await work();
    } finally {
      this.#running--;
    }
  }
}

/**
 * Waits until `condition` holds; by default for longer than anything takes on a machine that is busy with something else.
 *
 * @throws when it does not within the time.
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) assert.fail(`not within ${timeoutMs} ms: ${what}`);
    await sleep(5);
  }
}

/** Options of a subscription that answers fast, and whose member no pause of a busy machine makes a lost one. */
export const reading = (group: string, ...topics: string[]): SubscribeOptions => ({
  group,
  topics,
  maxWaitMs: 50,
  maxBytesPerPartition: 1_048_576,
  sessionTimeoutMs: 45_000,
  tickMs: 40,
});
