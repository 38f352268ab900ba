import type { JSX } from 'preact';
import { isFollowing, liveState } from '../api/live.ts';
import type { LiveState } from '../api/live-machine.ts';
import { Icon, type IconName } from '../components/icon.tsx';
import { clock } from '../format/instants.ts';
import { now } from '../state/now.ts';
import { zone } from '../state/preferences.ts';

const SHAPE: Readonly<Record<LiveState['name'], IconName>> = { live: 'dot', polling: 'refresh', offline: 'wifi-off' };
const MEANING: Readonly<Record<LiveState['name'], string>> = {
  live: 'Changes arrive as they are committed',
  polling: 'The live stream is away; the page asks every 10 to 30 seconds',
  offline: 'The dashboard does not answer; what is on show stays, with its age',
};

/** A connection that opens within this is not worth a word about what would be without it. */
const SOON_MS = 3_000;

function textOf({ name, since }: LiveState): string {
  if (name === 'live') return 'Live';
  if (name === 'polling' && now.value - since < SOON_MS) return 'Connecting';
  return `${name === 'polling' ? 'Polling' : 'Offline'} since ${clock(since, zone.value)}`;
}

/** Whether what is on show is live, polled or old; nothing where nothing changes. Read out when it changes. */
export function LiveBadge(): JSX.Element | null {
  if (!isFollowing.value) return null;
  const { name } = liveState.value;
  return (
    <div class="live-state" data-state={name} role="status" title={MEANING[name]}>
      <Icon name={SHAPE[name]} filled={name === 'live'} />
      <span>{textOf(liveState.value)}</span>
    </div>
  );
}
