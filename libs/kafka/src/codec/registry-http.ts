import { type Agent as HttpAgent, type RequestOptions, request as requestHttp } from 'node:http';
import { Agent, request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import { MedallionError, messageOf } from '@medallion/core';
import { readNow, secretNow } from '../access/secret-source.ts';
import { isTlsTrouble } from '../failure.ts';
import type { RegistryOptions } from './registry.ts';

/** An answer that is no success, with its status, as the client's own errors have it. */
export class AnswerError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What is asked of a registry; without a body it is a GET. */
type Asked = { readonly method?: 'GET' | 'POST' | 'PUT'; readonly body?: object; readonly timeoutMs: number };

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';
/** Of an answer that says what went wrong, no more than this is told. */
const MAX_REASON = 500;

/** Requests to a registry by somebody who is known to it; passwords and authorities are read anew. */
export type RegistryHttp = {
  /** The answer; undefined for 404. @throws AnswerError, and errors of the connection */
  ask(path: string, asked: Asked): Promise<unknown>;
  /** The value of the header that says who asks; undefined for nobody in particular. @throws FileError */
  authorization(): string | undefined;
  /** Connections that trust the authorities of CA_FILE; undefined for those of Node. */
  readonly agent: HttpAgent | undefined;
};

/** Reads its authorities anew for each connection. */
class TrustingAgent extends Agent {
  readonly #caFile: string;
  constructor(caFile: string) {
    super({ keepAlive: true });
    this.#caFile = caFile;
  }
  override createConnection(options: object, opened?: (error: Error | null, stream: Duplex) => void) {
    try {
      const ca = readNow('SCHEMA_REGISTRY_CA_FILE', this.#caFile);
      return super.createConnection({ ...options, ca, rejectUnauthorized: true, minVersion: 'TLSv1.2' }, opened);
    } catch (error) {
      // Thrown, it would reach nobody where the request had to wait for its turn.
      (opened as ((error: unknown) => void) | undefined)?.(error);
      return undefined;
    }
  }
}

export function registryHttp({ url, login, caFile }: RegistryOptions): RegistryHttp {
  const base = url.replace(/\/$/, '');
  const agent = caFile === undefined ? undefined : new TrustingAgent(caFile);
  const authorization = (): string | undefined =>
    login && `Basic ${Buffer.from(`${login.username}:${secretNow(login.password)}`).toString('base64')}`;

  const send = (path: string, { method, body, timeoutMs }: Asked): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const said = authorization();
      const target = new URL(`${base}${path}`);
      const options: RequestOptions = {
        method: method ?? 'GET',
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          accept: `${MEDIA_TYPE}, application/json`,
          ...(body === undefined ? {} : { 'content-type': MEDIA_TYPE }),
          ...(said === undefined ? {} : { authorization: said }),
        },
        ...(agent === undefined ? {} : { agent }),
      };
      const sent = (target.protocol === 'https:' ? requestHttps : requestHttp)(target, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
        });
      });
      sent.once('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });

  return {
    agent,
    authorization,
    async ask(path, asked) {
      const { status, text } = await send(path, asked);
      if (status === 404) return undefined;
      if (status < 200 || status > 299)
        throw new AnswerError(status, `${path} answered ${status}: ${text.slice(0, MAX_REASON)}`);
      return JSON.parse(text) as unknown;
    },
  };
}

/** An error of a request by its code: who asks is not known, may not do it, or cannot be sure whom it asks. */
export function registryFailure(error: unknown, resource: string): MedallionError {
  const status = statusOf(error);
  const reason = messageOf(error);
  if (status === 401) return new MedallionError('MED_REGISTRY_AUTH_FAILED', { reason }, { cause: error });
  if (status === 403) return new MedallionError('MED_REGISTRY_FORBIDDEN', { resource, reason }, { cause: error });
  if (isTlsTrouble(error)) return new MedallionError('MED_REGISTRY_TLS_FAILED', { reason }, { cause: error });
  return new MedallionError('MED_REGISTRY_UNAVAILABLE', { reason }, { cause: error });
}

/** The status that an error of this or the named client carries. */
export const statusOf = (error: unknown): number | undefined => {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' ? status : undefined;
};
