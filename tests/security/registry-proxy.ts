import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Certificate } from './certificates.ts';

/** A registry behind a door: encrypted, and what each login may do. */
export type GuardedRegistry = {
  readonly url: string;
  /** Requests that were refused, as `login METHOD path`. */
  readonly refused: readonly string[];
  /** Requests that got through, alike. */
  readonly allowed: readonly string[];
  /** The environment by which a client is one of its logins; passwords are in files. */
  envOf(login: 'reader' | 'writer'): Readonly<Record<string, string>>;
  close(): void;
};

/** Asks which schema of a subject this one is: a question, though it is posted. */
const LOOKUP = /^\/subjects\/[^/]+$/;

/**
 * A reverse proxy in front of a real registry, as an ingress or an API gateway has it in production: a login that only reads may
 * not write. Apicurio's own roles need an issuer of OpenID Connect, even for basic authentication.
 */
export async function guardRegistry(
  registryUrl: string,
  { certFile, keyFile }: Certificate,
  { folder, caFile }: { readonly folder: string; readonly caFile: string },
): Promise<GuardedRegistry> {
  const passwordFile = (name: string): string => join(folder, `registry-${name}`);
  const logins = ['reader', 'writer'].map((name) => {
    const password = `secret-of-registry-${name}-${Math.random()}`;
    writeFileSync(passwordFile(name), password, { mode: 0o600 });
    return { name, password, writes: name === 'writer' };
  });
  const [refused, allowed]: [string[], string[]] = [[], []];
  const byHeader = new Map(
    logins.map((login) => [`Basic ${Buffer.from(`${login.name}:${login.password}`).toString('base64')}`, login]),
  );
  const server: Server = createServer(
    { cert: readFileSync(certFile), key: readFileSync(keyFile) },
    (request, response) => {
      const { method = 'GET', url = '/', headers } = request;
      const login = byHeader.get(headers.authorization ?? '');
      if (login === undefined) return void response.writeHead(401).end();
      const reads = method === 'GET' || (method === 'POST' && LOOKUP.test(url.replace(/\?.*/, '')));
      const said = `${login.name} ${method} ${url}`;
      if (!reads && !login.writes) {
        refused.push(said);
        return void response.writeHead(403).end('{"error_code":403,"message":"read only"}');
      }
      allowed.push(said);
      const body: Buffer[] = [];
      request.on('data', (chunk: Buffer) => body.push(chunk));
      request.on('end', async () => {
        const type = headers['content-type'] ?? 'application/vnd.schemaregistry.v1+json';
        try {
          const answer = await fetch(`${registryUrl}${url}`, {
            ...{ method, headers: { 'content-type': type } },
            ...(body.length === 0 ? {} : { body: Buffer.concat(body) }),
          });
          const text = await answer.text();
          response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? type }).end(text);
        } catch {
          response.writeHead(502).end();
        }
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `https://127.0.0.1:${port}`, refused, allowed },
    envOf: (login) => ({
      SCHEMA_REGISTRY_URL: `https://127.0.0.1:${port}`,
      SCHEMA_REGISTRY_USERNAME: login,
      SCHEMA_REGISTRY_PASSWORD_FILE: passwordFile(login),
      SCHEMA_REGISTRY_CA_FILE: caFile,
    }),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
