/** Freezes plain objects and arrays, all the way down; functions stay as they are. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  // Also below what is frozen already: builders freeze one level only.
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
