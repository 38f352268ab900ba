import { type Signal, signal } from '@preact/signals';

/** A choice of the reader that is kept in this browser; where storage is refused, as long as the page lives. */
export function stored<T extends string>(name: string, allowed: readonly T[], standard: T): Signal<T> {
  const chosen = signal<T>(standard);
  try {
    const value = localStorage.getItem(name);
    if (allowed.some((one) => one === value)) chosen.value = value as T;
  } catch {
    return chosen;
  }
  chosen.subscribe((value) => {
    try {
      if (value !== standard || localStorage.getItem(name) !== null) localStorage.setItem(name, value);
    } catch {
      // The choice still holds for this page.
    }
  });
  return chosen;
}
