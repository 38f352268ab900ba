import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { instant } from '@medallion/core';
import { NODE_ARGUMENTS } from '@medallion/devstack';
import { createGenerator } from '@medallion/santa-generator';
import { caughtUp } from './caught-up.ts';
import { buildPages } from './dashboard-build.ts';
import { freePort } from './free-port.ts';
import { type SantaStack, startSantaStack } from './santa-stack.ts';
import { SERVICES, type ServiceName, ServiceProcess } from './service-process.ts';
import { until } from './until.ts';

const PARTITIONS = 4;
/** A group waits this long for a member that was killed. */
const SESSION_TIMEOUT_MS = 3_000;
/** Deliveries of the time before the tests, of which most windows are final. */
const HISTORY = { events: 6_000, perSecond: 1 };
const LIVE_PER_SECOND = 25;

const STATUS = '/api/operator/santa-deliveries/status';

/** Deliveries that a rule refused by mistake, which is mended by now. */
export const REFUSED = { id: 'refused-1', city: 'Mendingen' } as const;
export const REFUSED_TOO = { id: 'refused-2', city: 'Zweithal' } as const;
/** What somebody put into a record, in the hope that a page takes it for its own. */
export const SCRIPT = '<script>window.__ran = 1</script><img src=x onerror="window.__ran = 2">';

/** A further dashboard of the same world. */
export type Beside = {
  readonly url: string;
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/** The flagship with its generator, its services and the dashboard, each a process, on a stack of its own. */
export class DashboardWorld {
  readonly santa: SantaStack;
  readonly url: string;
  readonly #opsUrl: string;
  readonly services = new Map<string, ServiceProcess>();
  readonly #env: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly #beside = new Set<ServiceProcess>();
  #starts = 0;
  #generator: ChildProcess | null = null;

  private constructor(santa: SantaStack, ports: Readonly<Record<string, number>>) {
    this.santa = santa;
    this.url = `http://127.0.0.1:${ports.dashboard}`;
    this.#opsUrl = `http://127.0.0.1:${ports.ops}`;
    const { DATABASE_URL, ...noDatabase } = santa.env;
    const common = { ...noDatabase, SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS) };
    const opsUrls = SERVICES.map((name) => `http://127.0.0.1:${ports[name]}`).join(',');
    this.#env = {
      'bronze-ingest': { ...common, PORT: String(ports['bronze-ingest']) },
      'silver-enrich': { ...common, PORT: String(ports['silver-enrich']) },
      'gold-aggregate': { ...common, DATABASE_URL: DATABASE_URL ?? '', PORT: String(ports['gold-aggregate']) },
      dashboard: {
        ...santa.stack.env,
        ...{ OPERATOR_DATABASE_URL: santa.stack.databaseUrl, OPS_URLS: opsUrls },
        ...{ DASHBOARD_PORT: String(ports.dashboard), PORT: String(ports.ops) },
        ...{ SESSION_SECRET: 'for the tests alone, and no secret' },
      },
    };
  }

  /** Starts all of it; resolves when the dashboard answers and the time before is in gold. */
  static async start(): Promise<DashboardWorld> {
    const [santa] = await Promise.all([startSantaStack(PARTITIONS), buildPages()]);
    const ports: Record<string, number> = {};
    for (const name of [...SERVICES, 'dashboard', 'ops']) ports[name] = await freePort();
    const world = new DashboardWorld(santa, ports);
    try {
      await world.#begin();
    } catch (error) {
      await world.close(true);
      throw error;
    }
    return world;
  }

  async #begin(): Promise<void> {
    const { producer } = this.santa;
    const startMs = Date.now() - (HISTORY.events / HISTORY.perSecond) * 1_000;
    const history = createGenerator({
      ...{ seed: 24, start: instant(startMs), events: HISTORY.events, ratePerSecond: HISTORY.perSecond },
      rates: { late: 0 },
    });
    for (let batch = history.nextBatch(500); batch.length > 0; batch = history.nextBatch(500))
      await producer.send(batch);
    for (const [i, values] of [
      ...[REFUSED, REFUSED_TOO].map(({ id, city }) => ({ delivery_id: id, city })),
      { delivery_id: 'hostile-1', city: SCRIPT, status: SCRIPT },
      { delivery_id: 'hostile-2', city: SCRIPT },
    ].entries())
      await this.send(values, `world-${i}`);
    this.startService('bronze-ingest');
    const strict = this.startService('silver-enrich', new URL('../fixtures/strict-santa.ts', import.meta.url));
    this.startService('gold-aggregate');
    await until(
      'the rule has refused what it should not',
      async () => {
        const rows = await this.santa.database.query(
          `SELECT FROM medallion.quarantined WHERE "row" ->> 'delivery_id' = ANY ($1)`,
          [[REFUSED.id, REFUSED_TOO.id]],
        );
        return rows.length === 2 || null;
      },
      { timeoutMs: 300_000, giveUp: this.#giveUp },
    );
    await strict.stop();
    this.startService('silver-enrich');
    this.startService('dashboard');
    this.#generate();
    await until(
      'the dashboard has looked at everything',
      async () => (await fetch(`${this.url}${STATUS}`)).ok || null,
      {
        ...{ timeoutMs: 300_000, everyMs: 100, giveUp: this.#giveUp },
        describe: () => `see ${this.santa.logFolder}`,
      },
    );
  }

  /** How many live streams the dashboard has, as it says itself. */
  async listeners(): Promise<number> {
    const text = await (await fetch(`${this.#opsUrl}/metrics`)).text();
    return Number(/^medallion_dashboard_listeners(?:\{.*\})? (\d+)$/m.exec(text)?.[1]);
  }

  /** Sends one event of a delivery that is like any other but for `values`. */
  async send(values: Readonly<Record<string, unknown>>, eventId: string): Promise<void> {
    const event = {
      ...{ event_id: eventId, delivery_id: eventId, timestamp: new Date().toISOString() },
      ...{ city: 'Helsinki', country: 'Finland', region: 'Europe', latitude: 60.17, longitude: 24.94 },
      ...{ gift_type: 'books', gift_count: 3, status: 'delivered', weather: 'snow', distance_km: 12.5 },
      ...{ delivery_time_minutes: 9.5, sleigh_id: 'sleigh-1', route_variant: 'A', ...values },
    };
    await this.santa.producer.send([{ key: String(event.delivery_id), value: Buffer.from(JSON.stringify(event)) }]);
  }

  /** Starts a service, or starts it again on the same port. */
  startService(name: ServiceName | 'dashboard', main?: URL): ServiceProcess {
    const logFile = join(this.santa.logFolder, `${name}-${++this.#starts}.log`);
    const service = new ServiceProcess(name, this.#env[name]!, logFile, main);
    this.services.set(name, service);
    return service;
  }

  service(name: ServiceName | 'dashboard'): ServiceProcess {
    return this.services.get(name)!;
  }

  /** Starts another dashboard beside the first, with other settings. */
  async startBeside(env: Readonly<Record<string, string | null>>): Promise<Beside> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const changed = Object.entries({ ...this.#env.dashboard, DASHBOARD_PORT: String(port), PORT: '0', ...env });
    const all = Object.fromEntries(changed.filter((each): each is [string, string] => each[1] !== null));
    const start = async (): Promise<ServiceProcess> => {
      const service = new ServiceProcess('dashboard', all, join(this.santa.logFolder, `beside-${++this.#starts}.log`));
      this.#beside.add(service);
      await until(`${url} answers`, async () => (await fetch(`${url}/api/session`)).ok || null, {
        ...{ timeoutMs: 300_000, everyMs: 50, describe: () => `see ${service.logFile}` },
      });
      return service;
    };
    let service = await start();
    return {
      url,
      async restart() {
        await service.stop();
        service = await start();
      },
      async stop() {
        await service.stop();
      },
    };
  }

  #generate(): void {
    const program = fileURLToPath(new URL('../../services/santa-generator/src/main.ts', import.meta.url));
    const options = ['--rate', String(LIVE_PER_SECOND), '--seed', '7', '--partitions', String(PARTITIONS)];
    this.#generator = spawn(process.execPath, [...NODE_ARGUMENTS, program, ...options], {
      env: { PATH: process.env.PATH ?? '', ...this.santa.stack.env },
      stdio: 'ignore',
    });
    process.once('exit', () => this.#generator?.kill('SIGKILL'));
  }

  /** No event comes while `work` is done, and what came before is in gold: numbers stand still. */
  async still<T>(work: () => Promise<T>): Promise<T> {
    this.#generator?.kill('SIGSTOP');
    try {
      await caughtUp(this.santa.log, this.santa.database, { timeoutMs: 300_000, giveUp: this.#giveUp });
      let last = '';
      await until(
        'nothing changes in gold',
        async () => {
          const state = JSON.stringify(
            await this.santa.database.query(
              'SELECT topic, partition, next_offset, updated_at FROM medallion.lease ORDER BY 1, 2',
            ),
          );
          const same = state === last;
          last = state;
          return same || null;
        },
        { timeoutMs: 300_000, everyMs: 700 },
      );
      return await work();
    } finally {
      this.#generator?.kill('SIGCONT');
    }
  }

  readonly #giveUp = (): void => {
    for (const { name, running, logFile } of this.services.values())
      if (!running) throw new Error(`${name} has ended, see ${logFile}`);
  };

  async close(failed: boolean): Promise<void> {
    this.#generator?.kill('SIGTERM');
    await Promise.all([...this.services.values(), ...this.#beside].map((service) => service.stop(5_000)));
    await this.santa.close(failed);
  }
}
