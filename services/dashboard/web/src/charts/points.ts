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

/** From the first to the last; of a single moment its surroundings, as an axis needs a length. */
export const spanOf = (min: number, max: number): [number, number] =>
  min === max ? [min - 300, max + 300] : [min, max];
