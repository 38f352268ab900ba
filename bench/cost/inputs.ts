import { readFileSync } from 'node:fs';
import type { Deployment, Measured } from './cost.ts';

const results = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../results/${name}.json`, import.meta.url), 'utf8'));

type Run = { readonly cpuUsPerEvent: { readonly total: number } };
type Results = {
  readonly drain: readonly { readonly density: number; readonly runs: readonly Run[] }[];
  readonly paced: { readonly eventsPerSecond: number; readonly cores: { readonly total: number } };
};
type StorageResults = {
  readonly storage: { readonly kafkaBytesPerEvent: number; readonly postgresBytesPerEvent: number };
};

/** The figures of bench/results: of several runs the dearest, as nobody pays for the best one. */
export function measured(): Measured {
  const { drain, paced } = results('2026-11-22') as Results;
  const { storage } = results('2026-11-22-storage') as StorageResults;
  return {
    paced: { eventsPerSecond: paced.eventsPerSecond, cores: paced.cores.total },
    cpuUsPerEvent: Math.max(...drain.flatMap(({ runs }) => runs.map((run) => run.cpuUsPerEvent.total))),
    kafkaBytesPerEvent: storage.kafkaBytesPerEvent,
    postgresBytesPerEvent: storage.postgresBytesPerEvent,
  };
}

/** What the page assumes; docs/operating/cost.md says why. */
export const deployment = (eventsPerSecond: number): Deployment => ({
  eventsPerSecond,
  brokers: 3,
  replicationFactor: 3,
  topicDays: 7,
  tableDays: 30,
  utilisation: 0.5,
  leastCores: 1.5,
  fill: 0.65,
});

/** Events a second, on average, that the page looks at. */
export const RATES: readonly number[] = [100, 1_000, 5_000, 10_000];
