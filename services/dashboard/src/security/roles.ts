import type { Role } from './who.ts';

type Claims = Readonly<Record<string, unknown>>;

/** The claim of that name, or the one that a path with dots leads to. */
export function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split('.').reduce<unknown>((at, step) => {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    return (at as Claims)[step];
  }, claims);
}

/** What the values of the claim give; null: nothing. Only texts count, as they are: no case folding, no parts of one. */
export function roleOfClaim(
  claim: unknown,
  values: { readonly viewer: readonly string[]; readonly operator: readonly string[] },
): Role | null {
  const held = (Array.isArray(claim) ? claim : [claim]).filter((value) => typeof value === 'string');
  if (held.some((value) => values.operator.includes(value))) return 'operator';
  return held.some((value) => values.viewer.includes(value)) ? 'viewer' : null;
}
