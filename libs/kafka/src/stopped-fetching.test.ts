import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

/** What kafkajs fetches with, as far as this is about it (patched, see patches/). */
type FetchManager = { start(): Promise<void>; stop(): Promise<void> };
type FetchManagerParts = {
  readonly logger: object;
  readonly getNodeIds: () => readonly number[];
  readonly fetch: (nodeId: number) => Promise<readonly never[]>;
  readonly handler: () => Promise<void>;
};

const createFetchManager = createRequire(import.meta.url)('kafkajs/src/consumer/fetchManager') as (
  parts: FetchManagerParts,
) => FetchManager;

const logger = { debug() {}, info() {}, namespace: () => logger };
/** A stopped consumer's fetches find nothing, at once: without an end they would leave the process to nothing else. */
const MANY = 1_000;

test('a consumer that is stopped while the leaders of its partitions change fetches no more', async () => {
  let nodes: readonly number[] = [1, 2];
  let isRunning = true;
  let fetches = 0;
  const held = Promise.withResolvers<void>();
  const manager = createFetchManager({
    logger,
    getNodeIds: () => nodes,
    handler: async () => {},
    async fetch(nodeId) {
      if (++fetches > MANY) throw new Error('it fetches for ever');
      // What kafkajs' consumer answers once it is stopped.
      if (!isRunning) return [];
      // A broker that is gone does not answer for a while; the other one does.
      await (nodeId === 1 ? held.promise : turn());
      return [];
    },
  });
  const started = manager.start();
  await turn();
  nodes = [2];
  await turn(); // the fetcher of broker 2 finds that out, and waits for that of broker 1 to end
  await turn();
  isRunning = false;
  const stopped = manager.stop();
  held.resolve();
  await stopped;
  await started;
  assert.ok(fetches < 10, `${fetches} fetches`);
});
