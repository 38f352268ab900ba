import { after, test } from 'node:test';
import type { PipelinePlan } from '@medallion/pipeline';
import type { Lease, TableStore } from '@medallion/runtime';
import { contractPipeline, topicOf } from './contract-plan.ts';
import type { MakeHarness, StoreHarness } from './harness.ts';

/** What a check is given: an empty database of its own. */
export type CheckParts = {
  readonly plan: PipelinePlan;
  readonly harness: StoreHarness;
  /** The lease of one partition of the source's topic. */
  acquire(store: TableStore, partition?: number): Promise<Lease>;
};

/** One sentence of the contract with the test of it. */
export type Check = (sentence: string, body: (parts: CheckParts) => Promise<void>) => void;

let made = 0;

/** Checks that each get a pipeline of their own name, so that suites can share a database. */
export function checksOf(
  title: string,
  make: MakeHarness,
  planOf: (name: string) => PipelinePlan = contractPipeline,
): Check {
  return checksWith(
    title,
    async () => {
      const plan = planOf(newName());
      return { plan, harness: await make(plan) };
    },
    ({ harness }) => harness.close(),
  );
}

/** Checks that leave the tables as they are: they get one pipeline one after the other, where it can be emptied. */
export function checksInTurn(title: string, make: MakeHarness): Check {
  let kept: Made | null = null;
  after(() => kept?.harness.close());
  return checksWith(
    title,
    async () => {
      if (kept !== null) return kept;
      const plan = contractPipeline(newName());
      return { plan, harness: await make(plan) };
    },
    async (used) => {
      kept = null;
      if (used.harness.empty === undefined) return used.harness.close();
      await used.harness.empty();
      kept = used;
    },
  );
}

type Made = { readonly plan: PipelinePlan; readonly harness: StoreHarness };

const newName = (): string => `contract-${process.pid.toString(36)}${Date.now().toString(36)}-${++made}`;

function checksWith(title: string, take: () => Promise<Made>, giveBack: (used: Made) => Promise<void>): Check {
  const stores: TableStore[] = [];
  after(async () => {
    await Promise.all(stores.map((store) => store.close()));
  });
  return (sentence, body) => {
    test(`${title}: ${sentence}`, async () => {
      const used = await take();
      const { plan, harness } = used;
      const opened: StoreHarness = {
        ...harness,
        open: async (other) => {
          const store = await harness.open(other);
          stores.push(store);
          return store;
        },
      };
      const acquire = async (store: TableStore, partition = 0): Promise<Lease> =>
        (await store.acquire([{ topic: topicOf(plan), partition }], 'contract'))[0]!;
      try {
        await body({ plan, harness: opened, acquire });
      } finally {
        await Promise.all(stores.splice(0).map((store) => store.close()));
        await giveBack(used);
      }
    });
  };
}
