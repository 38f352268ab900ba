import type { JSX } from 'preact';
import { age } from '../format/durations.ts';
import { clock, dayClock, secondsSince } from '../format/instants.ts';
import { now } from '../state/now.ts';
import { zone } from '../state/preferences.ts';

/** A moment as the time of day, with the whole of it for those who ask. */
export function Moment({ at }: { at: string | null }): JSX.Element {
  if (at === null) return <span>–</span>;
  return (
    <time dateTime={at} title={dayClock(at, zone.value)}>
      {clock(at, zone.value)}
    </time>
  );
}

/** How long ago a moment was, going on as time does. */
export function Age({ at }: { at: string | number | null }): JSX.Element {
  return <span>{age(Math.max(0, secondsSince(at, now.value) ?? Number.NaN))}</span>;
}
