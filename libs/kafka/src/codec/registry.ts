import { setTimeout as sleep } from 'node:timers/promises';
import registryClient from '@kafkajs/confluent-schema-registry';
import { MedallionError, messageOf } from '@medallion/core';
import type { AvroRecord } from '@medallion/schema';
import type { RegistryAccess } from '../access/registry-access.ts';
import { registryFailure, registryHttp, statusOf } from './registry-http.ts';

const { COMPATIBILITY, SchemaRegistry } = registryClient;

/** How to reach a schema registry that speaks Confluent's protocol. */
export type RegistryOptions = {
  /** Where the protocol starts, such as `http://127.0.0.1:8081` or `…/apis/ccompat/v7`. */
  readonly url: string;
} & RegistryAccess;

/** The calls that codecs need, each with a bounded number of tries. */
export type Registry = {
  /** The id of the schema under the subject, registered if need be. @throws MED_SCHEMA_INCOMPATIBLE */
  register(subject: string, schema: AvroRecord): Promise<number>;
  /** The id of the schema under the subject, or null when it is not registered there. */
  known(subject: string, schema: AvroRecord): Promise<number | null>;
  /** The writer's schema, or null when the registry does not know the id. */
  schema(id: number): Promise<WriterSchema | null>;
};

/** A schema in its JSON form behind those that it refers to by name, each of these after its own. */
export type WriterSchema = readonly unknown[];

/** How deep schemas may refer to others. */
const MAX_REFERENCES = 50;
const TRIES = 4;
const FIRST_WAIT_MS = 150;
const TIMEOUT_MS = 10_000;

/** As strict as BACKWARD or stricter; set by someone on purpose, so it stays. */
const STRICT = new Set(['BACKWARD', 'BACKWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE']);

type Level = (typeof COMPATIBILITY)[keyof typeof COMPATIBILITY];

/** An answer that trying again will not change. */
const isFinal = (error: unknown): boolean => {
  const status = statusOf(error);
  return status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
};

async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++)
    try {
      return await work();
    } catch (error) {
      if (tried === TRIES || isFinal(error)) throw error;
      await sleep(FIRST_WAIT_MS * 2 ** tried);
    }
}

/** A schema as the registry answers. */
type StoredSchema = {
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly { readonly subject: string; readonly version: number }[];
};

const versionPath = (subject: string, version: number): string =>
  `/subjects/${encodeURIComponent(subject)}/versions/${version}`;

export function createRegistry(options: RegistryOptions): Registry {
  const http = registryHttp(options);
  const client = new SchemaRegistry({
    host: options.url.replace(/\/$/, ''),
    clientId: 'medallion',
    retry: { retries: 0 },
    // Its own way of saying who asks takes the password once for all.
    middlewares: [
      () => ({
        prepareRequest: async (next) => {
          const authorization = http.authorization();
          const request = await next();
          return authorization === undefined ? request : request.enhance({ headers: { authorization } });
        },
      }),
    ],
    ...(http.agent === undefined ? {} : { agent: http.agent }),
  });

  /** The answer to a request that the client cannot make; undefined for 404. */
  const ask = (path: string, set?: object): Promise<unknown> =>
    http.ask(path, { timeoutMs: TIMEOUT_MS, ...(set === undefined ? {} : { method: 'PUT', body: set }) });

  /** The client can neither read nor set the compatibility of a subject by itself. */
  async function config(subject: string, set?: Level): Promise<string | undefined> {
    const answer = await ask(`/config/${encodeURIComponent(subject)}`, set && { compatibility: set });
    const { compatibilityLevel, compatibility } = (answer ?? {}) as Record<string, string | undefined>;
    return (compatibilityLevel ?? compatibility)?.toUpperCase();
  }

  /** A stored schema behind those that it refers to. The client would lose its logical types. */
  async function stored(path: string, depth = 0): Promise<unknown[] | null> {
    const answer = (await ask(path)) as StoredSchema | undefined;
    if (answer === undefined) return null;
    if (depth > MAX_REFERENCES) throw new Error('schemas refer to one another in a circle');
    if (answer.schemaType !== undefined && answer.schemaType !== 'AVRO') return [{}];
    const schemas: unknown[] = [];
    for (const { subject, version } of answer.references ?? [])
      schemas.push(...((await stored(versionPath(subject, version), depth + 1)) ?? []));
    return [...schemas, JSON.parse(answer.schema)];
  }

  /** What the registry checks new schemas of the subject by; BACKWARD when nobody has asked for more. */
  async function compatibility(subject: string): Promise<Level> {
    const level = await config(subject);
    if (level !== undefined && STRICT.has(level)) return level as Level;
    try {
      await config(subject, COMPATIBILITY.BACKWARD);
    } catch (error) {
      // Two flows of a table, or two services, set it at the same moment: what counts is that it is set.
      if (statusOf(error) !== 409) throw error;
      const now = await config(subject);
      if (now === undefined || !STRICT.has(now)) throw error;
    }
    return COMPATIBILITY.BACKWARD;
  }

  return {
    async register(subject, schema) {
      try {
        return await withRetries(async () => {
          const options = { subject, compatibility: await compatibility(subject) };
          const { id } = await client.register(schema as Parameters<typeof client.register>[0], options);
          await compatibility(subject); // where a subject has to exist before it can be configured
          return id;
        });
      } catch (error) {
        const status = statusOf(error);
        if (status === 409 || status === 422)
          throw new MedallionError('MED_SCHEMA_INCOMPATIBLE', { subject, reason: messageOf(error) }, { cause: error });
        throw registryFailure(error, `subject ${subject}`);
      }
    },

    async known(subject, schema) {
      try {
        const body = { schema: JSON.stringify(schema), schemaType: 'AVRO' };
        const path = `/subjects/${encodeURIComponent(subject)}`;
        const answer = await withRetries(() => http.ask(path, { timeoutMs: TIMEOUT_MS, method: 'POST', body }));
        const { id } = (answer ?? {}) as { readonly id?: unknown };
        return typeof id === 'number' ? id : null;
      } catch (error) {
        throw registryFailure(error, `subject ${subject}`);
      }
    },

    async schema(id) {
      try {
        return await withRetries(() => stored(`/schemas/ids/${id}`));
      } catch (error) {
        throw registryFailure(error, `schema ${id}`);
      }
    },
  };
}
