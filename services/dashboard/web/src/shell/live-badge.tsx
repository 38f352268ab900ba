import type { JSX } from 'preact';
import { liveState } from '../api/live.ts';
import type { LiveState } from '../api/live-machine.ts';
import { Icon, type IconName } from '../components/icon.tsx';
import { clock } from '../format/instants.ts';
import { zone } from '../state/preferences.ts';

const SHAPE: Readonly<Record<LiveState['name'], IconName>> = { live: 'dot', polling: 'refresh', offline: 'wifi-off' };
const MEANING: Readonly<Record<LiveState['name'], string>> = {
  live: 'Changes arrive as they are committed',
  polling: 'The live stream is away; the page asks every 10 to 30 seconds',
  offline: 'The dashboard does not answer; what is on show stays, with its age',
};

/** Whether what is on show is live, polled or old. The one part of the page that is read out when it changes. */
export function LiveBadge(): JSX.Element {
  const { name, since } = liveState.value;
  return (
    <div class="live-state" data-state={name} role="status" title={MEANING[name]}>
      <Icon name={SHAPE[name]} filled={name === 'live'} />
      <span>
        {name === 'live' ? 'Live' : `${name === 'polling' ? 'Polling' : 'Offline'} since ${clock(since, zone.value)}`}
      </span>
    </div>
  );
}
