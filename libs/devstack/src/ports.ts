import { createServer, type Server } from 'node:net';

/** Listens on a port of an address of this machine, or gives the code of the error. */
const listen = (port: number, host: string): Promise<Server | string> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? ''));
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

/** Whether a port of 127.0.0.1 can be listened on. */
export const isFree = async (port: number): Promise<boolean> => {
  const server = await listen(port, '127.0.0.1');
  if (typeof server === 'string') return false;
  await closed(server);
  return true;
};

// Below the range from which systems take the local ports of outgoing connections: a client that tries to reach a
// restarting service could otherwise be given that very port, and the service would find it taken.
const RANGE = { lowest: 15_000, highest: 31_000 } as const;

/** Ports from `lowest` up to, but not including, `highest`. */
type Range = { readonly lowest: number; readonly highest: number };

/**
 * Between the choice of a port and its service's first moment on it lie seconds, in which it looks free to everybody. So
 * whoever chooses one for 127.0.0.1 listens on the same port here, where nothing else does; the end of the process ends
 * that too.
 */
const CLAIMS_HOST = '127.0.0.2';

/** Claims a port until the process ends; gives what ends that earlier, or null where somebody has claimed or taken it. */
const claim = async (port: number): Promise<(() => Promise<void>) | null> => {
  const server = await listen(port, CLAIMS_HOST);
  // Only some systems have that address: elsewhere it must do that the port is free.
  if (server === 'EADDRINUSE') return null;
  const release = async (): Promise<void> => {
    if (typeof server !== 'string') await closed(server);
  };
  if (typeof server !== 'string') server.unref();
  if (await isFree(port)) return release;
  await release();
  return null;
};

const found = async (
  count: number,
  { lowest, highest }: Range,
  isWanted: (port: number) => Promise<boolean>,
): Promise<number[]> => {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries++) {
    if (tries > 1_000) throw new Error(`no ${count} free ports between ${lowest} and ${highest}`);
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (!ports.has(port) && (await isWanted(port))) ports.add(port);
  }
  return [...ports];
};

/** `count` different free ports of this machine, for whatever address of it. */
export const freePorts = (count: number, range: Range = RANGE): Promise<number[]> =>
  found(count, range, async (port) => {
    const release = await claim(port);
    await release?.();
    return release !== null;
  });

/** `count` different free ports of 127.0.0.1 that no other process is given while this one lives. */
export const claimPorts = (count: number, range: Range = RANGE): Promise<number[]> =>
  found(count, range, async (port) => (await claim(port)) !== null);
