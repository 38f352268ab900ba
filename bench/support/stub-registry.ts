import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A schema registry in this process that takes every schema: for benchmarks of what comes after it. */
export async function stubRegistry(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const schemas: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      const body = Buffer.concat(chunks).toString();
      const id = /^\/schemas\/ids\/(\d+)/.exec(path)?.[1];
      const answer = (status: number, value: object): void => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      };
      if (id !== undefined) answer(200, { schema: schemas[Number(id) - 1] });
      else if (request.method === 'POST')
        answer(200, { id: schemas.push((JSON.parse(body) as { schema: string }).schema) });
      else if (path.startsWith('/config')) answer(200, { compatibilityLevel: 'BACKWARD', compatibility: 'BACKWARD' });
      else answer(404, { error_code: 40_401, message: 'no such subject' });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
