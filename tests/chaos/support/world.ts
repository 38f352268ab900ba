import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@medallion/core';
import { freePorts, type KafkaNode, type Service, startKafkaCluster, startStack } from '@medallion/devstack';
import { createKafkaLog } from '@medallion/kafka';
import type { RecordLog } from '@medallion/runtime';
import { AvroRows } from '../../support/avro-rows.ts';
import { GoldDatabase } from '../../support/gold-snapshot.ts';
import { LiveProof } from '../../support/live-proof.ts';
import { createTopic, RAW_TOPIC, RawProducer } from '../../support/raw-topic.ts';
import { ServiceGroup } from '../../support/service-group.ts';
import { SERVICES, type ServiceName } from '../../support/service-process.ts';
import { TopicReader } from '../../support/topic-reader.ts';
import { Feed } from './feed.ts';
import { TcpProxy } from './proxy.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { Watcher } from './watcher.ts';

/** How the world is made in which things go wrong. */
export type WorldOptions = {
  /** One broker, or three of which each record is on all. */
  readonly brokers: 1 | 3;
  /** Postgres and the first broker have small file systems of their own. */
  readonly smallDisks: boolean;
  readonly sessionMs: number;
  readonly feed: { readonly seed: number; readonly perSecond: number; readonly events: number };
  readonly tell: (line: string) => void;
};

/**
 * The pipeline as it runs at a user's, all in processes of their own, and what faults need to break it:
 *
 *   feed ──────────▶ brokers ◀── door ◀── services ──▶ door ──▶ Postgres ◀────── watcher
 *                                            └───────▶ door ──▶ registry
 *
 * The services come through the doors; the feed and the watcher do not, so that they see what there is.
 */
export type World = {
  readonly brokers: readonly KafkaNode[];
  readonly postgres: Service;
  readonly registry: Service;
  readonly groups: Readonly<Record<ServiceName, ServiceGroup>>;
  readonly doors: { readonly kafka: readonly TcpProxy[]; readonly postgres: TcpProxy; readonly registry: TcpProxy };
  readonly disks: { readonly postgres: SmallDisk; readonly kafka: SmallDisk } | null;
  /** After so long a group takes a silent member for dead. */
  readonly sessionMs: number;
  readonly log: RecordLog;
  readonly database: GoldDatabase;
  readonly registryUrl: string;
  /** The addresses that reach everything past the doors, as environment variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly feed: Feed;
  readonly watcher: Watcher;
  readonly tell: (line: string) => void;
  /** What the run is judged by in the end; another after `feedAnew`. */
  readonly judged: { readonly producer: RawProducer; readonly reader: TopicReader };
  readonly partitions: number;
  /** What was in the raw topic before these offsets is gone: the feed goes on with a producer of its own. */
  feedAnew(rawFrom: readonly number[]): void;
  /** All tables were made anew of what the raw topic holds: the watcher begins anew too. */
  watchAnew(): void;
  /** Where processes log. */
  readonly logFolder: string;
  close(failed: boolean): Promise<void>;
};

export const PARTITIONS = 4;

/** Starts it: brokers, registry, Postgres, an instance of each service; nothing is fed yet. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { sessionMs, tell } = options;
  const home = mkdtempSync(join(tmpdir(), 'medallion-chaos-'));
  chmodSync(home, 0o711); // Postgres' user has to pass through
  const closing: (() => Promise<unknown> | unknown)[] = [() => rmSync(home, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const each of closing.reverse()) await each();
  };
  const [stackHome, kafkaHome] = [join(home, 'stack'), join(home, 'kafka')];
  for (const folder of [stackHome, kafkaHome, join(home, 'logs')]) mkdirSync(folder);
  const mounted = (name: string, folder: string): SmallDisk => {
    const disk = mountSmallDisk(join(home, `${name}.img`), folder);
    closing.push(() => disk.unmount());
    return disk;
  };
  const opened = async (port: number, target: () => number): Promise<TcpProxy> => {
    const proxy = await TcpProxy.listen(port, target);
    closing.push(() => proxy.close());
    return proxy;
  };
  try {
    const disks = options.smallDisks
      ? {
          postgres: mounted('postgres', join(stackHome, 'postgres')),
          kafka: mounted('kafka', join(kafkaHome, 'kafka-1')),
        }
      : null;
    const nodes: KafkaNode[] = [];
    const doorPorts = await freePorts(options.brokers);
    const kafka = await Promise.all(doorPorts.map((port, i) => opened(port, () => nodes[i]!.clientPort)));
    const cluster = await startKafkaCluster(kafkaHome, doorPorts);
    closing.push(() => cluster.stop());
    nodes.push(...cluster.nodes);
    const kafkaBrokers = nodes.map(({ address }) => address);
    const stack = await startStack({ mode: 'ephemeral', home: stackHome, external: { kafkaBrokers } });
    closing.push(() => stack.stop());
    const portOf = (url: string): number => Number(new URL(url).port);
    const postgres = await opened(0, () => portOf(stack.databaseUrl));
    const registry = await opened(0, () => portOf(stack.schemaRegistryUrl));
    const through = (url: string, door: TcpProxy): string => {
      const changed = new URL(url);
      changed.port = String(door.port);
      return changed.href;
    };
    const env = {
      KAFKA_BROKERS: kafka.map(({ port }) => `127.0.0.1:${port}`).join(','),
      SCHEMA_REGISTRY_URL: through(stack.schemaRegistryUrl, registry),
      DATABASE_URL: through(stack.databaseUrl, postgres),
      SESSION_TIMEOUT_MS: String(sessionMs),
      // Partitions never become idle: when they would is a matter of the clock, which the oracle does not know.
      IDLE_TIMEOUT_MS: '3600000',
    };
    const log = createKafkaLog({ brokers: kafkaBrokers, clientId: 'medallion-chaos', log: silentLog });
    closing.push(() => log.close());
    await createTopic(log, RAW_TOPIC, PARTITIONS);
    const groups = Object.fromEntries(
      SERVICES.map((name) => [name, new ServiceGroup(name, env, join(home, 'logs'))]),
    ) as Readonly<Record<ServiceName, ServiceGroup>>;
    closing.push(() => Promise.all(Object.values(groups).map((group) => group.stop())));
    const database = new GoldDatabase(stack.databaseUrl);
    const proofOf = (reader: TopicReader): LiveProof =>
      new LiveProof(database, reader, new AvroRows(stack.schemaRegistryUrl));
    let judged = { producer: new RawProducer(log, RAW_TOPIC, PARTITIONS), reader: new TopicReader(log) };
    closing.push(() => judged.producer.close());
    const feed = new Feed(judged.producer, { ...options.feed, tell });
    const watcher = new Watcher(proofOf(judged.reader), tell);
    await Promise.all(Object.values(groups).map((group) => group.scale(1)));
    return {
      ...{ brokers: nodes, postgres: stack.postgres!, registry: stack.registry!, groups, disks, sessionMs, log },
      ...{
        database,
        registryUrl: stack.schemaRegistryUrl,
        env: stack.env,
        feed,
        watcher,
        tell,
        partitions: PARTITIONS,
      },
      doors: { kafka, postgres, registry },
      logFolder: join(home, 'logs'),
      get judged() {
        return judged;
      },
      feedAnew(rawFrom) {
        void judged.producer.close();
        const reader = new TopicReader(log, new Map([[RAW_TOPIC, rawFrom]]));
        judged = { producer: new RawProducer(log, RAW_TOPIC, PARTITIONS), reader };
        feed.release(judged.producer);
      },
      watchAnew: () => watcher.startOver(proofOf(judged.reader)),
      async close(failed) {
        if (failed) {
          tell(`what all processes have logged is kept in ${home}`);
          closing[0] = () => {
            for (const data of [join(stackHome, 'postgres'), ...nodes.map(({ id }) => join(kafkaHome, `kafka-${id}`))])
              rmSync(data, { recursive: true, force: true });
          };
        }
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
