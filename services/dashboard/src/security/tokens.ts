import { createHash, timingSafeEqual } from 'node:crypto';
import type { Role } from './who.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Whether two texts are the same, in a time that says nothing about where they differ or how long they are. */
export const sameSecret = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/** Whose token it is; null: nobody's. Each is compared, whatever the others gave. */
export function roleOfToken(tokens: Readonly<Record<Role, string | undefined>>): (token: string) => Role | null {
  const { viewer, operator } = tokens;
  return (token) => {
    const isOperator = operator !== undefined && sameSecret(token, operator);
    const isViewer = viewer !== undefined && sameSecret(token, viewer);
    return isOperator ? 'operator' : isViewer ? 'viewer' : null;
  };
}
