import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { instant } from '@medallion/core';
import { createGenerator, lastChristmas } from '@medallion/santa-generator';
import { caughtUp, groupOffsets } from '../caught-up.ts';
import { GoldDatabase } from '../gold-snapshot.ts';
import { PARTITIONS, type PipelineStack } from '../pipeline-stack.ts';
import { createTopic, RAW_TOPIC, RawProducer } from '../raw-topic.ts';
import { TopicReader, topicEnds } from '../topic-reader.ts';
import { FLOWS } from '../topology.ts';
import { verify } from '../verify.ts';

const BATCH = 500;

/** santa-deliveries beside other pipelines: everything that it writes is compared with the oracle. */
export class SantaProof {
  readonly #stack: PipelineStack;
  readonly #producer: RawProducer;
  readonly #database: GoldDatabase;
  readonly #reader: TopicReader;
  readonly #generator: ReturnType<typeof createGenerator>;

  private constructor(stack: PipelineStack, seed: number) {
    this.#stack = stack;
    this.#producer = new RawProducer(stack.log, RAW_TOPIC, PARTITIONS);
    this.#database = new GoldDatabase(stack.stack.databaseUrl);
    this.#reader = new TopicReader(stack.log);
    this.#generator = createGenerator({
      seed,
      start: lastChristmas(instant(Date.now())),
      ratePerSecond: 1_000,
      speed: 500,
      quality: 'hostile',
    });
  }

  static async open(stack: PipelineStack, seed: number): Promise<SantaProof> {
    await createTopic(stack.log, RAW_TOPIC, PARTITIONS);
    return new SantaProof(stack, seed);
  }

  /** Sends so many events, and kills a service now and then. */
  async feedWithKills(events: number): Promise<void> {
    for (let left = events; left > 0; left -= BATCH) {
      await this.feed(Math.min(BATCH, left));
      await delay(300);
      await this.#stack.killOne();
    }
  }

  feed = (events: number): Promise<void> => this.#producer.send(this.#generator.nextBatch(events));

  /** What has been sent is in gold, all of it and nothing else. */
  async tables(): Promise<void> {
    const { log, stack, giveUp } = this.#stack;
    await caughtUp(log, this.#database, { timeoutMs: 600_000, giveUp });
    const verdict = await verify({
      ...{ log, reader: this.#reader, database: this.#database, registryUrl: stack.schemaRegistryUrl },
      ...{ partitions: PARTITIONS, sent: this.#producer.sent, ingestedAt: Date.now() },
    });
    assert.deepEqual(verdict.problems, []);
    this.#stack.tell('santa-deliveries: equal');
  }

  /** The groups of its flows have stored the ends of what they read. */
  async drained(): Promise<void> {
    const { log } = this.#stack;
    for (const { group, input } of FLOWS)
      assert.deepEqual(await groupOffsets(log, group, input), await topicEnds(log, input), group);
  }

  close = (): Promise<void> => this.#producer.close();
}
