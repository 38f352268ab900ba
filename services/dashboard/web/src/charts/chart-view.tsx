import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { BarList } from '../components/bar-list.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { dayMinute } from '../format/instants.ts';
import { labelOf, shortWithUnit, unitOf, withUnit } from '../format/units.ts';
import { zone } from '../state/preferences.ts';
import type { Chart } from './chart-of.ts';
import { seriesColour } from './colours.ts';
import { Legend } from './legend.tsx';
import { LineChart } from './line-chart.tsx';

const MOST_BARS = 20;

/** Draws what can be drawn of an answer. */
export function ChartView({ chart, height }: { chart: Chart; height?: number }): JSX.Element {
  return chart.kind === 'line' ? (
    <Lines chart={chart} {...(height === undefined ? {} : { height })} />
  ) : (
    <Bars chart={chart} />
  );
}

function Lines({ chart, height }: { chart: Extract<Chart, { kind: 'line' }>; height?: number }): JSX.Element {
  const unit = unitOf(chart.measure);
  const lines = useMemo(
    () => chart.lines.map((line, index) => ({ ...line, colour: seriesColour(index) })),
    [chart.lines],
  );
  if (chart.x.length === 0)
    return <EmptyState title="Nothing in this time">A longer time range may show some.</EmptyState>;
  return (
    <>
      <Legend lines={lines} provisional={chart.final?.includes(false) ?? false} />
      <LineChart
        x={chart.x}
        lines={lines}
        final={chart.final}
        format={(value) => shortWithUnit(value, unit)}
        {...(height === undefined ? {} : { height })}
        {...(chart.measure.endsWith('_rate') ? { top: 1 } : {})}
      />
    </>
  );
}

function Bars({ chart }: { chart: Extract<Chart, { kind: 'bar' }> }): JSX.Element {
  const unit = unitOf(chart.measure);
  if (chart.bars.length === 0)
    return <EmptyState title="Nothing in this time">A longer time range may show some.</EmptyState>;
  if (chart.bars.every(({ value }) => value === null))
    return (
      <EmptyState title="Nothing to draw">
        Several rows share each name, and this number cannot be put together of theirs.
      </EmptyState>
    );
  return (
    <BarList
      label={labelOf(chart.measure)}
      bars={chart.bars.slice(0, MOST_BARS).map((bar, index) => ({
        key: `${index} ${bar.name}`,
        label: bar.name,
        value: bar.value,
        text: withUnit(bar.value, unit),
      }))}
    />
  );
}

/** What a chart shows, in a sentence. */
export function chartText(chart: Chart): string {
  if (chart.kind === 'bar') {
    const [first] = [...chart.bars].sort(
      (a, b) => (b.value ?? Number.NEGATIVE_INFINITY) - (a.value ?? Number.NEGATIVE_INFINITY),
    );
    if (first === undefined || first.value === null) return 'There is nothing to draw.';
    const cut = chart.bars.length > MOST_BARS ? ` The first ${MOST_BARS} of ${chart.bars.length} are drawn.` : '';
    return `${labelOf(chart.measure)}: the greatest is ${first.name} with ${withUnit(first.value, unitOf(chart.measure))}.${cut}`;
  }
  const from = chart.x[0];
  const to = chart.x.at(-1);
  if (from === undefined || to === undefined) return 'There is nothing to draw.';
  const open = chart.final?.filter((final) => !final).length ?? 0;
  const provisional = open === 0 ? '' : ` The last ${open === 1 ? 'window is' : `${open} windows are`} provisional.`;
  const what = chart.lines.map((line) => line.label).join(', ');
  return `${what}, from ${dayMinute(from, zone.value)} to ${dayMinute(to, zone.value)}.${provisional}`;
}
