import { join } from 'node:path';
import { fetchWithMaven, kafkaDownload } from './fetch.ts';
import { cacheFolder } from './folders.ts';
import { startGuard } from './guard.ts';
import { findJava, findMaven } from './java.ts';
import { createKafka } from './kafka.ts';
import { claimPorts } from './ports.ts';
import type { Service } from './service.ts';

/** A broker of a cluster. */
export type KafkaNode = Service & {
  /** As Kafka calls it: from 1 on. */
  readonly id: number;
  /** `host:port` that reaches it whatever is in front of `clientPort`. */
  readonly address: string;
  /** Where it lets clients in that were told another port. */
  readonly clientPort: number;
};

/** Brokers of one's own, to break. */
export type KafkaCluster = {
  readonly nodes: readonly KafkaNode[];
  stop(): Promise<void>;
};

/**
 * Starts brokers that are controllers too, on free ports, with their data in `home`. Three of them hold every record on all
 * three, and acknowledge it when two have it.
 *
 * @param advertised the ports that clients of `clientPort` are told to go to, one for each broker: those of proxies
 * @throws MED_JAVA_MISSING, MED_MAVEN_MISSING, MED_FETCH_FAILED, MED_STACK_START_FAILED
 * @example const { nodes, stop } = await startKafkaCluster('/tmp/cluster', [29_092, 29_093, 29_094])
 */
export async function startKafkaCluster(home: string, advertised: readonly number[]): Promise<KafkaCluster> {
  const java = findJava(process.env);
  const libraries = await fetchWithMaven(cacheFolder(process.env), kafkaDownload, findMaven(process.env), {
    signal: undefined,
    onStart: () => {},
  });
  const count = advertised.length;
  const ports = await claimPorts(3 * count);
  const [own, controllerPorts, clientPorts] = [0, 1, 2].map((part) => ports.slice(part * count, (part + 1) * count));
  const guard = startGuard(undefined);
  const running = new Map<number, number>();
  const nodes: KafkaNode[] = [];
  for (const [i, advertisedPort] of advertised.entries()) {
    const id = i + 1;
    const port = own![i]!;
    const clientPort = clientPorts![i]!;
    const service = await createKafka({
      ...{ home: join(home, `kafka-${id}`), java, libraries, port, controllerPort: controllerPorts![i]! },
      node: { id, controllerPorts: controllerPorts!, clientPort, advertisedPort },
      logFile: join(home, 'logs', `kafka-${id}.log`),
      onChange(identity) {
        if (identity === undefined) running.delete(id);
        else running.set(id, identity.pid);
        guard.watch([...running.values()].map((pid) => ({ pid, signal: 'TERM' })));
      },
      report: () => {},
    });
    const more = { id, address: `127.0.0.1:${port}`, clientPort };
    // Not a copy: its process id changes.
    nodes.push(Object.defineProperties(service, Object.getOwnPropertyDescriptors(more)) as KafkaNode);
  }
  const stop = async (): Promise<void> => {
    // All at once: the last of a quorum could not leave in order.
    await Promise.all(nodes.map((node) => node.stop()));
    await guard.dismiss();
  };
  try {
    // None answers before most of them are there.
    await Promise.all(nodes.map((node) => node.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, stop };
}
