import { createServer } from 'node:net';

/** Whether a port of 127.0.0.1 can be listened on. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });

// Below the range from which systems take the local ports of outgoing connections: a client that tries to reach a
// restarting service could otherwise be given that very port, and the service would find it taken.
const lowest = 15_000;
const highest = 31_000;

/** `count` different free ports, at random so that stacks started at the same moment rarely meet. */
export const freePorts = async (count: number): Promise<number[]> => {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries > 1_000) throw new Error(`no ${count} free ports between ${lowest} and ${highest}`);
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
};
