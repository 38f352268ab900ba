import { existsSync, statfsSync } from 'node:fs';
import { MedallionError } from '@medallion/core';
import { type Download, downloadFolder, kafkaDownload, registryDownload } from './fetch.ts';
import { nearestExisting } from './folders.ts';
import { findJava, findMaven } from './java.ts';
import { type Environment, portSettings, type ServiceName, type StackPorts } from './options.ts';
import { isFree } from './ports.ts';
import { postgresPackage } from './postgres-binaries.ts';

/** The programs that the stack needs; empty where it does not need them. */
export type Tools = { readonly java: string; readonly maven: string };

/** What the downloads take, in megabytes. */
export const DOWNLOAD_MB = 600;
/** What the data of a first evening take, in megabytes. */
export const DATA_MB = 500;

/** Gives the free megabytes of a disk. Throws MED_DISK_FULL when there are fewer than needed. */
export const requireSpace = (path: string, neededMb: number): number => {
  const stat = statfsSync(nearestExisting(path));
  const freeMb = Math.floor((stat.bavail * stat.bsize) / 1_048_576);
  if (freeMb < neededMb) throw new MedallionError('MED_DISK_FULL', { path, freeMb, neededMb });
  return freeMb;
};

const requirePorts = async (ports: StackPorts, starts: ReadonlySet<ServiceName>): Promise<void> => {
  for (const key of Object.keys(portSettings) as (keyof StackPorts)[]) {
    const { what, variable, service } = portSettings[key];
    const port = ports[key];
    if (starts.has(service) && !(await isFree(port)))
      throw new MedallionError('MED_PORT_TAKEN', { port, what, variable });
  }
};

/**
 * Checks everything that can be known before anything is started: tools, ports, disk space, platform.
 *
 * @throws MED_JAVA_MISSING, MED_MAVEN_MISSING, MED_PLATFORM_UNSUPPORTED, MED_DISK_FULL, MED_PORT_TAKEN
 */
export const checkRequirements = async (options: {
  readonly starts: ReadonlySet<ServiceName>;
  readonly ports: StackPorts;
  readonly cache: string;
  readonly home: string;
  readonly env: Environment;
}): Promise<Tools> => {
  const { starts, cache, home, env } = options;
  const downloads: Download[] = [];
  if (starts.has('kafka')) downloads.push(kafkaDownload);
  if (starts.has('registry')) downloads.push(registryDownload);
  const missing = downloads.some((download) => !existsSync(downloadFolder(cache, download)));
  const java = downloads.length > 0 ? findJava(env) : '';
  const maven = missing ? findMaven(env) : '';
  if (starts.has('postgres')) postgresPackage();
  if (missing) requireSpace(cache, DOWNLOAD_MB);
  if (starts.size > 0) requireSpace(home, DATA_MB);
  await requirePorts(options.ports, starts);
  return { java, maven };
};
