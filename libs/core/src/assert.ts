/** Ends a `switch` over a closed union: a new member is a compile error here, and a thrown Error at run time. */
export function assertNever(value: never, what = 'variant'): never {
  throw new Error(`unexpected ${what}: ${JSON.stringify(value)}`);
}

/** Throws when an invariant of this code does not hold; the message says what was violated. Never used to judge input. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`invariant violated: ${message}`);
}
