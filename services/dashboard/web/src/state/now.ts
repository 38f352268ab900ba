import { signal } from '@preact/signals';

/** The time to tell ages by: moves once a second, while anybody looks. */
export const now = signal(Date.now());

/** Starts the clock of all ages. */
export function startClock(): void {
  window.setInterval(() => {
    if (document.visibilityState === 'visible') now.value = Date.now();
  }, 1_000);
  document.addEventListener('visibilitychange', () => {
    now.value = Date.now();
  });
}
