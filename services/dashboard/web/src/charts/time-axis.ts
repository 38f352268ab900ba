import type uPlot from 'uplot';
import { hourMinute, type Zone } from '../format/instants.ts';

const DAY = 86_400;

const dayOf = (seconds: number, zone: Zone): string =>
  new Date(seconds * 1000).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
  });

/** Labels of an axis of time: times of the day, or days where the steps are that great. */
export const timeAxis = (zone: Zone): uPlot.Axis => ({
  space: 64,
  values: (_, splits, __, ___, step) =>
    splits.map((at) => (step >= DAY ? dayOf(at, zone) : hourMinute(at * 1000, zone))),
});
