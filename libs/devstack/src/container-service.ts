import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { MedallionError, messageOf } from '@medallion/core';
import type { StartedNetwork } from 'testcontainers';
import type { ServiceName, Stage } from './options.ts';
import type { Service } from './service.ts';

/** What a container of the stack is made of. */
export type ContainerSpec = {
  readonly name: ServiceName;
  readonly image: string;
  /** Its port of 127.0.0.1, the same after a restart. */
  readonly port: { readonly inside: number; readonly outside: number };
  readonly environment: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly network: StartedNetwork;
  readonly logFile: string;
  /** Whether it answers; asked again until it does. */
  readonly probe: () => Promise<boolean>;
  /** Once it answers, each time. */
  readonly onReady?: () => Promise<void>;
  readonly report: (stage: Stage, detail?: string) => void;
};

/** A service in a container, which is kept when it is stopped. */
export type ContainerService = Service & { remove(): Promise<void> };

const startTimeoutMs = 120_000;
const stopTimeoutS = 20;
const probeIntervalMs = 100;

/** Makes the handle of a container; nothing runs before its start(). */
export function containerService(spec: ContainerSpec): ContainerService {
  let id: string | undefined;
  let running = false;

  const failed = (error: unknown): MedallionError =>
    new MedallionError('MED_STACK_START_FAILED', {
      what: `${spec.name} (container of ${spec.image})`,
      reason: messageOf(error),
      logFile: spec.logFile,
    });

  /** Of the package only here: who runs the native stack does not load it. */
  const docker = async (container: string) => {
    const { getContainerRuntimeClient } = await import('testcontainers');
    return (await getContainerRuntimeClient()).container.getById(container);
  };

  const create = async (): Promise<string> => {
    const { GenericContainer } = await import('testcontainers');
    mkdirSync(dirname(spec.logFile), { recursive: true });
    const log = createWriteStream(spec.logFile, { flags: 'a' });
    const container = new GenericContainer(spec.image)
      .withNetwork(spec.network)
      .withNetworkAliases(spec.name)
      .withEnvironment({ ...spec.environment })
      .withExposedPorts({ container: spec.port.inside, host: spec.port.outside })
      .withLogConsumer((stream) => stream.pipe(log))
      .withStartupTimeout(startTimeoutMs);
    const started = await (spec.command === undefined ? container : container.withCommand([...spec.command])).start();
    return started.getId();
  };

  const service: ContainerService = {
    name: spec.name,
    logFile: spec.logFile,
    // Of a container's process nobody here knows the id.
    pid: undefined,
    async start() {
      if (running) return;
      spec.report('starting');
      try {
        if (id === undefined) id = await create();
        else await (await docker(id)).start();
        running = true;
        const deadline = performance.now() + startTimeoutMs;
        while (!(await spec.probe())) {
          if (!(await (await docker(id)).inspect()).State.Running) throw new Error('its container ended');
          if (performance.now() > deadline) throw new Error(`it did not answer within ${startTimeoutMs / 1000} s`);
          await new Promise((resolve) => setTimeout(resolve, probeIntervalMs));
        }
        await spec.onReady?.();
      } catch (error) {
        throw failed(error);
      }
      spec.report('ready');
    },
    async stop(options = {}) {
      if (!running || id === undefined) return;
      spec.report('stopping');
      running = false;
      const container = await docker(id);
      await (options.hard ? container.kill() : container.stop({ t: stopTimeoutS }));
      spec.report('stopped');
    },
    async restart(options = {}) {
      await service.stop(options);
      await service.start();
    },
    async remove() {
      if (id === undefined) return;
      running = false;
      await (await docker(id)).remove({ force: true, v: true });
      id = undefined;
    },
  };
  return service;
}
