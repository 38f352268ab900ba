import type uPlot from 'uplot';

/** Values with a gap on both sides: no line goes through them, so they are drawn as points. */
export function alone(values: ArrayLike<number | null | undefined>): number[] {
  const missing = (index: number): boolean => values[index] === null || values[index] === undefined;
  const indexes = Array.from(values, (_, index) => index);
  return indexes.filter((index) => !missing(index) && missing(index - 1) && missing(index + 1));
}

/** Points for nothing but what would not be seen otherwise. */
export const loneliness = (size: number): uPlot.Series.Points => ({
  show: true,
  size,
  filter: (u, series) => alone(u.data[series] ?? []),
});

const DAY = 86_400;

/**
 * From the first to the last, in seconds; of a single moment its surroundings, as an axis needs a length: minutes, or days
 * where it is a day. What uPlot takes for the end then is years away.
 */
export function spanOf(moments: ArrayLike<number>, min: number, max: number): [number, number] {
  const [only] = [moments[0]];
  if (moments.length !== 1 || only === undefined) return [min, max];
  const around = only % DAY === 0 ? 10 * DAY : 300;
  return [only - around, only + around];
}
