/** Freezes plain objects and arrays, all the way down. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) {
    // A frozen object may hold others that are not: builders freeze one level.
    if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) deepFreeze(inner);
    return value;
  }
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
