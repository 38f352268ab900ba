import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import '../styles/chart.css';
import type { Zone } from '../format/instants.ts';
import { shownTheme, zone } from '../state/preferences.ts';
import { colour, faded, type SeriesColour } from './colours.ts';
import { hatch } from './hatch.ts';
import { loneliness, spanOf } from './points.ts';
import { firstOpen, splitFinal } from './split-final.ts';
import { timeAxis } from './time-axis.ts';
import { tooltip } from './tooltip.ts';

export type ChartLine = {
  readonly label: string;
  readonly colour: SeriesColour;
  readonly values: readonly (number | null)[];
  /** Whether the ground below it is tinted. */
  readonly filled?: boolean;
};

type LineChartProps = {
  /** Epoch milliseconds, rising. */
  readonly x: readonly number[];
  readonly lines: readonly ChartLine[];
  /** Whether each window is closed; null where there are no windows. */
  readonly final: readonly boolean[] | null;
  readonly format: (value: number | null) => string;
  readonly height?: number;
  /** The top of the scale where it is known: 1 for rates. */
  readonly top?: number;
};

const dataOf = ({ x, lines, final }: LineChartProps): uPlot.AlignedData => {
  const split = lines.map((line) => splitFinal(line.values, final));
  return [
    x.map((ms) => ms / 1000),
    ...split.flatMap((part) => [[...part.final], [...part.provisional], [...part.filling]]),
  ];
};

/** Each line thrice: what is final drawn through, what is provisional dashed, what fills as a ring. */
const seriesOf = (line: ChartLine): uPlot.Series[] => {
  const stroke = colour(`--series-${line.colour}`);
  const both = { label: line.label, stroke, width: 2, points: loneliness(6), spanGaps: false };
  const fill = line.filled ? { fill: faded(stroke, 0.12) } : {};
  return [
    { ...both, ...fill },
    { ...both, dash: [4, 4] },
    { ...both, points: { ...loneliness(8), width: 1.5, fill: colour('--card') } },
  ];
};

function optionsOf(props: () => LineChartProps, width: number, inZone: Zone): uPlot.Options {
  const { lines, format, height = 220, top } = props();
  const text = colour('--muted');
  const grid = { stroke: colour('--hairline'), width: 1 };
  const font = '12px system-ui, sans-serif';
  return {
    width,
    height,
    padding: [10, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    scales: {
      x: { range: (u, min, max) => spanOf(u.data[0], min, max) },
      y: { range: (_, __, max) => [0, top ?? niceTop(max)] },
    },
    axes: [
      { ...timeAxis(inZone), stroke: text, font, grid: { show: false }, ticks: { show: false }, size: 28 },
      {
        stroke: text,
        font,
        grid,
        ticks: { show: false },
        size: (_, values) => 14 + 7 * Math.max(2, ...(values ?? []).map((value) => value.length)),
        gap: 6,
        space: 42,
        values: (_, splits) => splits.map((value) => format(value)),
      },
    ],
    series: [{}, ...lines.flatMap(seriesOf)],
    plugins: [hatch(() => firstOpen(props().final)), tooltip(props, inZone)],
  };
}

const niceTop = (max: number): number => (max > 0 ? max * 1.12 : 1);

/** Lines over time; windows that are still open are dashed, on hatched ground. */
export function LineChart(props: LineChartProps): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const theme = shownTheme.value;
  const inZone = zone.value;
  const shape = JSON.stringify([props.lines.map((line) => [line.label, line.colour]), props.height, props.top]);
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const made = new uPlot(
      optionsOf(() => latest.current, element.clientWidth, inZone),
      dataOf(latest.current),
      element,
    );
    chart.current = made;
    const resized = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height: made.height });
    });
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [shape, theme, inZone]);
  useEffect(() => {
    chart.current?.setData(dataOf(props));
  }, [props.x, props.lines, props.final]);
  return <div class="line-chart" aria-hidden="true" ref={holder} style={{ height: `${props.height ?? 220}px` }} />;
}
