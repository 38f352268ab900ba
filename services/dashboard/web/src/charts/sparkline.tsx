import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import '../styles/chart.css';
import { shownTheme } from '../state/preferences.ts';
import { colour, faded } from './colours.ts';
import { loneliness } from './points.ts';

const HEIGHT = 28;

/** How a number moved, in passing: no axes, no values; those are beside it. */
export function Sparkline({ values }: { values: readonly (number | null)[] }): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const theme = shownTheme.value;
  const data = (): uPlot.AlignedData => [values.map((_, index) => index), [...values]];
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const stroke = colour('--series-1');
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        padding: [2, 0, 2, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false } },
        axes: [{ show: false }, { show: false }],
        series: [{}, { stroke, width: 1.5, fill: faded(stroke, 0.1), points: loneliness(4), spanGaps: true }],
      },
      data(),
      element,
    );
    chart.current = made;
    const resized = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [theme]);
  useEffect(() => {
    chart.current?.setData(data());
  }, [values]);
  return <div class="sparkline" aria-hidden="true" ref={holder} />;
}
