import type { JSX } from 'preact';
import { storeTrouble } from '../api/live.ts';
import { Icon } from '../components/icon.tsx';
import { clock } from '../format/instants.ts';
import { zone } from '../state/preferences.ts';

/** Says why nothing new comes while the service is there, but not what it reads. */
export function StoreNotice(): JSX.Element | null {
  const current = storeTrouble.value;
  if (current === null) return null;
  return (
    <div class="notice warn store-notice">
      <Icon name="triangle" />
      <div>
        <p class="notice-title">
          Nothing new can be read since {clock(current.at, zone.value)}
          <code>{current.trouble.code}</code>
        </p>
        <p>{current.trouble.message}</p>
        <p>What is on show stays, and goes on by itself. {current.trouble.remedy}</p>
      </div>
    </div>
  );
}
