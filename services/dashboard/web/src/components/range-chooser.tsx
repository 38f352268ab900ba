import type { JSX } from 'preact';
import { Segmented } from './segmented.tsx';

const RANGES = [
  { value: 15, label: '15 min' },
  { value: 60, label: '1 h' },
  { value: 180, label: '3 h' },
  { value: 1440, label: '24 h' },
] as const;

/** The lengths of time that can be chosen, in minutes. */
export const RANGE_MINUTES: readonly number[] = RANGES.map((range) => range.value);

/** How much of the time before now is shown, in minutes. */
export const RangeChooser = (props: { minutes: number; onChange: (minutes: number) => void }): JSX.Element => (
  <Segmented label="Time range" options={RANGES} value={props.minutes} onChange={props.onChange} />
);
