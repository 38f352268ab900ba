/** Which of the colours for series: they are told apart by more than hue. */
export type SeriesColour = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** The colour of the nth of several lines. */
export const seriesColour = (index: number): SeriesColour => ((index % 7) + 1) as SeriesColour;

let probe: HTMLSpanElement | null = null;

/** The present value of one of the design's colours: a canvas cannot use names. */
export function colour(name: string): string {
  if (probe === null) {
    probe = document.createElement('span');
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

/** A colour, as let through by so much: `0.2` shows a fifth of it. */
export const faded = (value: string, share: number): string =>
  value.replace(/^rgba?\((\d+), (\d+), (\d+)(?:, [\d.]+)?\)$/, `rgba($1, $2, $3, ${share})`);
