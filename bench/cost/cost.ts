import type { Prices } from './prices.ts';

/** What was measured (bench/results); bytes are those of one event in all topics or tables together, one copy. */
export type Measured = {
  /** Cores of the three services at a rate that they are paced with. */
  readonly paced: { readonly eventsPerSecond: number; readonly cores: number };
  /** CPU of the three services for one event more, when there is plenty of work. */
  readonly cpuUsPerEvent: number;
  readonly kafkaBytesPerEvent: number;
  readonly postgresBytesPerEvent: number;
};

/** What somebody decides. */
export type Deployment = {
  readonly eventsPerSecond: number;
  readonly brokers: number;
  readonly replicationFactor: number;
  readonly topicDays: number;
  readonly tableDays: number;
  /** How busy cores may be on average: the rest is for bursts and for catching up. */
  readonly utilisation: number;
  /** What is reserved at least: three services, two pods each, a quarter of a core. */
  readonly leastCores: number;
  /** Disks are no fuller than this. */
  readonly fill: number;
};

/** Dollars a month, by what they are for. */
export type Cost = {
  readonly services: number;
  readonly brokers: number;
  readonly brokerStorage: number;
  readonly database: number;
  readonly databaseStorage: number;
  readonly transfer: number;
  readonly total: number;
  readonly perMillionEvents: number;
};

const HOURS_A_MONTH = 730;
const SECONDS_A_DAY = 86_400;
const GB = 1e9;

/** Cores that the services need: as measured up to the paced rate, from there on what each further event takes. */
export const coresFor = ({ paced, cpuUsPerEvent }: Measured, eventsPerSecond: number): number =>
  paced.cores + (Math.max(0, eventsPerSecond - paced.eventsPerSecond) * cpuUsPerEvent) / 1e6;

/** Gigabytes on the disks of all brokers together. */
export const brokerGb = (
  measured: Measured,
  { eventsPerSecond, topicDays, replicationFactor, fill }: Deployment,
): number =>
  (eventsPerSecond * SECONDS_A_DAY * topicDays * measured.kafkaBytesPerEvent * replicationFactor) / GB / fill;

/** Gigabytes of the database. */
export const databaseGb = (measured: Measured, { eventsPerSecond, tableDays, fill }: Deployment): number =>
  (eventsPerSecond * SECONDS_A_DAY * tableDays * measured.postgresBytesPerEvent) / GB / fill;

/** What a deployment costs at list prices. */
export function costOf(prices: Prices, measured: Measured, deployment: Deployment): Cost {
  const { eventsPerSecond, brokers, utilisation, leastCores } = deployment;
  const cores = Math.max(leastCores, coresFor(measured, eventsPerSecond) / utilisation);
  const monthlyEvents = eventsPerSecond * HOURS_A_MONTH * 3600;
  // Each byte is written once by a client and read once, by one in another zone in two of three cases; both ends pay.
  const crossing = (monthlyEvents * measured.kafkaBytesPerEvent * 2 * (2 / 3)) / GB;
  const parts = {
    services: cores * HOURS_A_MONTH * prices.coreHour.dollars,
    brokers: brokers * HOURS_A_MONTH * prices.brokerHour.dollars,
    brokerStorage: brokerGb(measured, deployment) * prices.brokerGbMonth.dollars,
    database: HOURS_A_MONTH * prices.databaseHour.dollars,
    databaseStorage: databaseGb(measured, deployment) * prices.databaseGbMonth.dollars,
    transfer: crossing * 2 * prices.zoneTransferGb.dollars,
  };
  const total = Object.values(parts).reduce((sum, each) => sum + each, 0);
  return { ...parts, total, perMillionEvents: total / (monthlyEvents / 1e6) };
}
