import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MedallionError } from '@medallion/core';
import { identify, isRunning, type ProcessIdentity, signal, waitForEnd } from './identity.ts';
import type { ServiceName } from './options.ts';

/**
 * `stack.json` in the data folder: who owns the folder and which processes it started. A stack that ended properly
 * removes it; one that was killed leaves it behind, and the next start ends what is left over.
 */
export type Ledger = {
  record(name: string, identity: ProcessIdentity | undefined): void;
  close(): void;
};

type Entry = ProcessIdentity & { readonly name: string };
type Content = { readonly owner: ProcessIdentity; readonly services: readonly Entry[] };

const file = (home: string): string => join(home, 'stack.json');

const read = (home: string): Content | undefined => {
  try {
    return JSON.parse(readFileSync(file(home), 'utf8')) as Content;
  } catch {
    return undefined; // absent, or torn by a full disk: then there is nothing that could be verified
  }
};

/** Whether the folder holds a ledger whose owner has ended. */
export const isAbandoned = (home: string): boolean => {
  const content = read(home);
  return content !== undefined && !isRunning(content.owner);
};

/** Registry before Kafka before Postgres: nothing loses what it depends on. */
const stopOrder: readonly ServiceName[] = ['registry', 'kafka', 'postgres'];

/**
 * Ends the processes of an abandoned stack in order, each verified by its start time, and names them.
 *
 * Postgres gets SIGINT, which is its fast shutdown: SIGTERM waits for clients that may never leave.
 */
export const endLeftovers = (home: string, onEnd: (name: ServiceName, pid: number) => void): Promise<void> =>
  endAbandoned(home, stopOrder, onEnd);

/** The same for other processes that are kept in a ledger, in an order of theirs. */
export const endAbandoned = async <Name extends string>(
  home: string,
  order: readonly Name[],
  onEnd: (name: Name, pid: number) => void,
): Promise<void> => {
  if (!isAbandoned(home)) return;
  const services = read(home)?.services ?? [];
  for (const name of order)
    for (const service of services.filter((entry) => entry.name === name && isRunning(entry))) {
      onEnd(name, service.pid);
      signal(service.pid, name === 'postgres' ? 'SIGINT' : 'SIGTERM');
      if (await waitForEnd(service, 15_000)) continue;
      signal(service.pid, 'SIGKILL');
      await waitForEnd(service, 5_000);
    }
};

/**
 * Takes ownership of a data folder.
 *
 * @throws MED_STACK_RUNNING when a living process owns it.
 */
export const openLedger = (home: string): Ledger => {
  mkdirSync(home, { recursive: true });
  const owner = identify(process.pid);
  if (!owner) throw new Error('this process has no start time');
  const services = new Map<string, ProcessIdentity>();
  const content = (): string =>
    JSON.stringify({ owner, services: [...services].map(([name, identity]) => ({ name, ...identity })) });
  const previous = read(home);
  if (previous && isRunning(previous.owner))
    throw new MedallionError('MED_STACK_RUNNING', { home, pid: previous.owner.pid });
  rmSync(file(home), { force: true });
  try {
    writeFileSync(file(home), content(), { flag: 'wx' }); // of two starts at the same moment, one is refused
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new MedallionError('MED_STACK_RUNNING', { home, pid: read(home)?.owner.pid ?? 'another' });
  }
  return {
    record(name, identity) {
      if (identity) services.set(name, identity);
      else services.delete(name);
      writeFileSync(`${file(home)}.new`, content());
      renameSync(`${file(home)}.new`, file(home));
    },
    close: () => rmSync(file(home), { force: true }),
  };
};
