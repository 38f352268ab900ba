import type { JSX } from 'preact';
import { Icon } from '../components/icon.tsx';
import { shownTheme, theme, zone } from '../state/preferences.ts';

/** Dark or light; begins with what the system prefers. */
export function ThemeToggle(): JSX.Element {
  const other = shownTheme.value === 'dark' ? 'light' : 'dark';
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={`Switch to the ${other} theme`}
      title={`Switch to the ${other} theme`}
      onClick={() => {
        theme.value = other;
      }}
    >
      <Icon name={other === 'light' ? 'sun' : 'moon'} />
    </button>
  );
}

/** Whose clock times are shown by. */
export function ZoneToggle(): JSX.Element {
  const utc = zone.value === 'utc';
  return (
    <button
      type="button"
      class="button quiet"
      aria-pressed={utc}
      title={utc ? 'Times are in UTC' : 'Times are those of this machine'}
      onClick={() => {
        zone.value = utc ? 'local' : 'utc';
      }}
    >
      UTC
    </button>
  );
}
