import { effect, signal } from '@preact/signals';
import type { Zone } from '../format/instants.ts';
import { stored } from './stored.ts';

/** Whose clock times are shown by. */
export const zone = stored<Zone>('zone', ['local', 'utc'], 'local');

/** The theme that was chosen; `system` follows the machine's. */
export const theme = stored<'system' | 'dark' | 'light'>('theme', ['system', 'dark', 'light'], 'system');

const light = window.matchMedia('(prefers-color-scheme: light)');
const systemLight = signal(light.matches);

/** What canvases are drawn by, as they do not follow the style sheet by themselves. */
export const shownTheme = signal<'dark' | 'light'>('dark');

/** Applies the theme from now on. */
export function startTheme(): void {
  light.addEventListener('change', () => {
    systemLight.value = light.matches;
  });
  effect(() => {
    const chosen = theme.value;
    const root = document.documentElement;
    if (chosen === 'system') delete root.dataset.theme;
    else root.dataset.theme = chosen;
    shownTheme.value = chosen === 'system' ? (systemLight.value ? 'light' : 'dark') : chosen;
  });
}
