import { setTimeout as delay } from 'node:timers/promises';
import { SERVICES } from '../../support/service-process.ts';
import type { Fault } from '../fault.ts';
import { movesOn } from '../support/places.ts';
import { notReady } from '../support/signs.ts';

const EVERY_MS = 2_000;
const LASTS_MS = 10_000;

/** All connections of the services to Kafka break at once, every two seconds; new ones can be made at any time. */
export const kafkaCut: Fault = {
  name: 'kafka-cut',
  does: `all connections to Kafka are cut, every ${EVERY_MS / 1_000} s`,
  async begin(world) {
    const { kafka } = world.doors;
    const stop = new AbortController();
    const cutting = (async () => {
      while (!stop.signal.aborted) {
        for (const door of kafka) door.cut();
        await delay(EVERY_MS, undefined, { signal: stop.signal }).catch(() => {});
      }
    })();
    return {
      sees: SERVICES.map((service) => movesOn(world, service, 60_000)),
      lastsMs: LASTS_MS,
      async end() {
        stop.abort();
        await cutting;
      },
    };
  },
};

/** Brokers that are up and cannot be reached, as when a network is split. */
export const kafkaUnreachable: Fault = {
  name: 'kafka-unreachable',
  does: 'no service can reach a broker, and the brokers know nothing of it',
  async begin({ doors, groups }) {
    for (const door of doors.kafka) door.lock();
    return {
      sees: Object.values(groups).map((group) => notReady(group, ['MED_LOG_UNAVAILABLE'], 60_000)),
      lastsMs: LASTS_MS,
      async end() {
        for (const door of doors.kafka) door.unlock();
      },
    };
  },
};
