import { type Clock, isMedallionError, type Log, MedallionError, messageOf } from '@medallion/core';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { findIssuer, type Issuer, issuerUnavailable } from './issuer.ts';
import { claimAt, roleOfClaim } from './roles.ts';
import type { Person } from './who.ts';

/** What the answer of the issuer is held against; kept in the browser's sealed cookie until then. */
export type LoginProof = { readonly state: string; readonly nonce: string; readonly verifier: string };

/** Logging in at an issuer: the code flow with PKCE, state and nonce, and bearer tokens of the same issuer. */
export type Oidc = {
  /** Where to send the browser. Throws MED_LOGIN_UNAVAILABLE. */
  begin(): Promise<{ readonly url: URL; readonly proof: LoginProof }>;
  /** Who came back with `query`. Throws MED_LOGIN_REFUSED, MED_FORBIDDEN, MED_LOGIN_UNAVAILABLE. */
  finish(query: string, proof: LoginProof): Promise<Person>;
  /** Whose token it is; null: none that holds. Throws MED_FORBIDDEN, MED_LOGIN_UNAVAILABLE. */
  bearer(token: string): Promise<Person | null>;
};

export type OidcOptions = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly redirectUrl: string;
  readonly scopes: string;
  readonly audience: string;
  readonly roleClaim: string;
  readonly values: { readonly viewer: readonly string[]; readonly operator: readonly string[] };
  readonly clock: Clock;
  readonly log: Log;
};

/** Signatures that only the issuer can make: never one with a secret that the client knows too, never none. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const MOST_TOKEN = 16_384;

const text = (claim: unknown): string | undefined =>
  typeof claim === 'string' && claim !== '' ? claim.slice(0, 100) : undefined;

/** People can choose their names at many issuers, but not their subject: both are written down. */
function nameOf(claims: JWTPayload & { sub: string }): Pick<Person, 'user' | 'shown'> {
  const shown = text(claims.preferred_username) ?? text(claims.email) ?? text(claims.name) ?? claims.sub;
  return { shown, user: shown === claims.sub ? shown : `${shown} (${claims.sub})` };
}

/** Whether the issuer did not answer, which says nothing about the person. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof errors.JWKSTimeout || ['TimeoutError', 'AbortError'].includes(error.name)) return true;
  // how fetch says that there was no answer, and jose that it was none with status 200
  if (error.message === 'fetch failed' || ('code' in error && error.code === 'ERR_JOSE_GENERIC')) return true;
  // openid-client has the answer itself as the cause where its status was none of those that the protocol knows
  if (error.cause instanceof Response) return error.cause.status >= 500;
  return isOutage(error.cause);
}

export function createOidc(options: OidcOptions): Oidc {
  const issuer = findIssuer({ ...options, url: options.issuer });

  const personOf = (claims: JWTPayload & { sub: string }): Person => {
    const name = nameOf(claims);
    const role = roleOfClaim(claimAt(claims, options.roleClaim), options.values);
    if (role === null) {
      const reason = `no value of the claim ${options.roleClaim} gives a role here`;
      throw new MedallionError('MED_FORBIDDEN', { user: name.shown, reason });
    }
    return { ...name, role };
  };

  /** What the issuer says of somebody; many say groups at the userinfo endpoint alone. */
  const claimsOf = async ({ configuration }: Issuer, query: string, proof: LoginProof) => {
    // the address that was registered, not the one that the request says it came to
    const url = new URL(options.redirectUrl);
    url.search = query;
    const tokens = await authorizationCodeGrant(configuration, url, {
      expectedState: proof.state,
      expectedNonce: proof.nonce,
      pkceCodeVerifier: proof.verifier,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new Error('there was no ID token');
    const hasUserinfo = configuration.serverMetadata().userinfo_endpoint !== undefined;
    if (claimAt(claims, options.roleClaim) !== undefined || !hasUserinfo) return claims;
    const more = await fetchUserInfo(configuration, tokens.access_token, claims.sub);
    return { ...more, ...claims };
  };

  return {
    async begin() {
      const { configuration } = await issuer();
      const proof = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
      const url = buildAuthorizationUrl(configuration, {
        redirect_uri: options.redirectUrl,
        scope: options.scopes,
        state: proof.state,
        nonce: proof.nonce,
        code_challenge: await calculatePKCECodeChallenge(proof.verifier),
        code_challenge_method: 'S256',
      });
      return { url, proof };
    },
    async finish(query, proof) {
      const found = await issuer();
      try {
        return personOf(await claimsOf(found, query, proof));
      } catch (error) {
        if (isMedallionError(error)) throw error;
        if (isOutage(error)) throw issuerUnavailable(options.issuer, error);
        const reason = `the issuer's answer does not hold (${messageOf(error)})`;
        throw new MedallionError('MED_LOGIN_REFUSED', { reason }, { cause: error });
      }
    },
    async bearer(token) {
      if (token.length > MOST_TOKEN) return null;
      const { keys, configuration } = await issuer();
      let claims: JWTPayload;
      try {
        const verified = await jwtVerify(token, keys, {
          issuer: configuration.serverMetadata().issuer,
          audience: options.audience,
          algorithms: ALGORITHMS,
          currentDate: new Date(options.clock.now()),
          requiredClaims: ['exp', 'sub'],
        });
        claims = verified.payload;
      } catch (error) {
        if (isOutage(error)) throw issuerUnavailable(options.issuer, error);
        if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
        throw error;
      }
      const { sub } = claims;
      // an ID token says who logged in somewhere, not what its bearer may do
      if (sub === undefined || 'nonce' in claims || 'at_hash' in claims) return null;
      return personOf({ ...claims, sub });
    },
  };
}
