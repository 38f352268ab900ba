import { type Clock, type Log, MedallionError, messageOf } from '@medallion/core';
import { createRemoteJWKSet } from 'jose';
import { allowInsecureRequests, ClientSecretPost, type Configuration, discovery, None } from 'openid-client';
import { isLoopback } from './hosts.ts';

/** What is known of the issuer once it has answered. */
export type Issuer = {
  readonly configuration: Configuration;
  readonly keys: ReturnType<typeof createRemoteJWKSet>;
};

type Options = {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
};

/** An issuer that did not answer is left alone for so long. */
const RETRY_MS = 5_000;
const TIMEOUT_S = 5;

/** Only to this machine, where nobody listens in. */
export const mayBePlain = (url: URL): boolean => url.protocol === 'https:' || isLoopback(url.hostname);

async function discover({ url, clientId, clientSecret }: Options): Promise<Issuer> {
  const issuer = new URL(url);
  const plain = issuer.protocol === 'http:' && mayBePlain(issuer);
  const configuration = await discovery(
    issuer,
    clientId,
    undefined,
    clientSecret === undefined ? None() : ClientSecretPost(clientSecret),
    { timeout: TIMEOUT_S, execute: plain ? [allowInsecureRequests] : [] },
  );
  const { jwks_uri } = configuration.serverMetadata();
  const keys = jwks_uri === undefined ? null : URL.parse(jwks_uri);
  if (keys === null || !mayBePlain(keys)) throw new Error('its discovery document names no jwks_uri with https');
  return { configuration, keys: createRemoteJWKSet(keys, { timeoutDuration: TIMEOUT_S * 1_000 }) };
}

export const issuerUnavailable = (issuer: string, error: unknown) =>
  new MedallionError('MED_LOGIN_UNAVAILABLE', { issuer, reason: messageOf(error) }, { cause: error });

/**
 * The issuer, asked for its discovery document when it is first needed and until it answers; then never again. All who
 * wait share one attempt. Throws MED_LOGIN_UNAVAILABLE.
 */
export function findIssuer(options: Options): () => Promise<Issuer> {
  const { clock, log, url } = options;
  let found: Promise<Issuer> | null = null;
  let failedAt: number | null = null;
  let failure: unknown;
  return () => {
    if (found !== null) return found;
    if (failedAt !== null && clock.now() - failedAt < RETRY_MS) return Promise.reject(issuerUnavailable(url, failure));
    found = discover(options).then(
      (issuer) => {
        failedAt = null;
        return issuer;
      },
      (error: unknown) => {
        found = null;
        failedAt = clock.now();
        failure = error;
        const unavailable = issuerUnavailable(url, error);
        log.warn({ err: unavailable, code: unavailable.code, issuer: url }, 'the issuer does not answer');
        throw unavailable;
      },
    );
    return found;
  };
}
