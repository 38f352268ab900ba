import type { Fault } from '../fault.ts';
import { logged, notReady } from '../support/signs.ts';

const LASTS_MS = 10_000;

/**
 * Postgres can write nothing more. Whether it refuses statements or ends (as when its log cannot grow), somebody makes room,
 * and starts it again where it has ended.
 */
export const postgresDiskFull: Fault = {
  name: 'postgres-disk-full',
  does: 'the file system of Postgres is full, until somebody makes room',
  needs: { disks: true },
  healsWithinMs: 120_000,
  async begin({ disks, postgres, groups }) {
    const gold = groups['gold-aggregate'];
    const line = logged(gold, 'MED_STORE_UNAVAILABLE', 120_000);
    disks!.postgres.fill();
    return {
      sees: [line, notReady(gold, ['MED_STORE_UNAVAILABLE'], 120_000)],
      lastsMs: LASTS_MS,
      async end() {
        disks!.postgres.free();
        await postgres.start(); // does nothing while it runs
      },
    };
  },
};

/** A broker can write nothing more: it ends, as its only log folder has failed. Somebody makes room and starts it again. */
export const brokerDiskFull: Fault = {
  name: 'broker-disk-full',
  does: 'the file system of a broker is full, until somebody makes room and starts it again',
  needs: { disks: true },
  healsWithinMs: 120_000,
  async begin({ disks, brokers, groups, tell }) {
    const broker = brokers[0]!;
    const alone = brokers.length === 1;
    disks!.kafka.fill();
    return {
      sees: [
        { what: 'the broker has ended', withinMs: 120_000, seen: () => broker.pid === undefined },
        // Where two others have the records too, nothing is to be seen of it.
        ...(alone
          ? Object.values(groups).map((group) => notReady(group, ['MED_LOG_UNAVAILABLE', 'MED_APPEND_FAILED'], 120_000))
          : []),
      ],
      lastsMs: LASTS_MS,
      async end() {
        disks!.kafka.free();
        if (broker.pid !== undefined) {
          tell('the broker has not ended: it is restarted');
          await broker.stop({ hard: true });
        }
        await broker.start();
      },
    };
  },
};
