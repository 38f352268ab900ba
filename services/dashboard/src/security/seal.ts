import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { Clock } from '@medallion/core';
import { EncryptJWT, errors, type JWTPayload, jwtDecrypt } from 'jose';

/** Seals small facts so that a browser can carry them: it can neither read nor change them. */
export type Seal = {
  /** `purpose` keeps what was sealed for one use from being shown for another. */
  close(purpose: string, facts: JWTPayload, lifetimeMs: number): Promise<string>;
  /** The facts; null: it is not ours, not for this purpose, changed, or too old. */
  open(purpose: string, sealed: string): Promise<JWTPayload | null>;
};

const ISSUER = 'medallion-dashboard';
/** Browsers keep cookies of up to 4 KB; nothing longer was sealed here. */
const MOST_LENGTH = 4_096;

/** The last letter of a part may have bits that nobody reads: with others in them it would be another text for the same seal. */
const isAsClosed = (sealed: string): boolean =>
  sealed.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);

/**
 * A seal under a key that follows from `secret` (random when not given) and `binding`: with other tokens or another
 * way to log in, everything sealed before is void.
 */
export function createSeal(clock: Clock, secret: string | undefined, binding: readonly string[]): Seal {
  const salt = createHash('sha256').update(JSON.stringify(binding)).digest();
  const key = new Uint8Array(hkdfSync('sha256', secret ?? randomBytes(32), salt, 'medallion dashboard seal', 32));
  return {
    close: (purpose, facts, lifetimeMs) =>
      new EncryptJWT(facts)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setIssuer(ISSUER)
        .setAudience(purpose)
        .setExpirationTime(Math.floor((clock.now() + lifetimeMs) / 1_000))
        .encrypt(key),
    async open(purpose, sealed) {
      if (sealed.length > MOST_LENGTH || !isAsClosed(sealed)) return null;
      try {
        const { payload } = await jwtDecrypt(sealed, key, {
          issuer: ISSUER,
          audience: purpose,
          currentDate: new Date(clock.now()),
          requiredClaims: ['exp'],
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        });
        return payload;
      } catch (error) {
        if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
        throw error;
      }
    },
  };
}
