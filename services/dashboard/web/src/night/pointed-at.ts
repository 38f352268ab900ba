import { signal } from '@preact/signals';

/** The city or region that is pointed at, in the list or on the map: both show it. */
export const pointedAt = signal<string | null>(null);
